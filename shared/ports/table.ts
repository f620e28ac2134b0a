/** The one table: items of named attributes under a partition and a sort key. Every write is conditional and whole. */

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Holds, or the write does nothing: DynamoDB's condition expressions, over `#names` and `:values`. */
export interface Condition {
  readonly when: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

type Item = Readonly<Record<string, unknown>>;

/** Attributes to write, to count up, and to take away; undefined ones are left as they are. */
export interface TableUpdate {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
  readonly condition?: Condition | undefined;
  /** The item as it was before, empty where there was none, or as it is now. @default 'after' */
  readonly returns?: 'before' | 'after';
}

/** Reads see every write that was answered before them. */
export interface Table {
  get(key: ItemKey): Promise<Item | undefined>;
  /** False where the condition does not hold. */
  put(item: Item & ItemKey, condition?: Condition): Promise<boolean>;
  /** Each is written or the call fails; some may be written though it fails. @throws PassingError `table-throttled` */
  putAll(items: readonly (Item & ItemKey)[]): Promise<void>;
  /** False where the condition does not hold; true where there is none. */
  remove(key: ItemKey, condition?: Condition): Promise<boolean>;
  /** Makes the item where it is missing. Undefined where the condition does not hold. */
  update(key: ItemKey, update: TableUpdate): Promise<Item | undefined>;
  /** Items of a partition in byte order of their sort keys, as many as are read at once. */
  page(
    pk: string,
    options: {
      readonly prefix?: string;
      /** Those beyond the place of this sort key, whether it is there or not. */
      readonly after?: string | undefined;
      readonly newestFirst?: boolean;
      readonly limit?: number;
    },
  ): Promise<{ readonly items: readonly Item[]; readonly isMore: boolean }>;
}
