/**
 * Values that are not written as they are: casts, joined texts, pieces of a text, values of a form. They are rarer than plain
 * ones, so the loop over a record's operations knows them by one look and leaves them to this room.
 */
import type { FieldCast } from '../../contracts/destination.ts';
import type { FieldName } from './fields.ts';
import type { Fixed } from './fixed.ts';

/** `json`: a value of its own. `piece`: within a text of JSON, so without quotes. `form`: percent-encoded. */
export type Place = 'json' | 'piece' | 'form';

/** A literal text as it is written, a field, or a connection value until a render puts its text there. */
export type Part =
  | { readonly kind: 'text'; readonly written: Fixed }
  | { readonly kind: 'field'; readonly field: FieldName; readonly as: FieldCast | undefined }
  | { readonly kind: 'reference'; readonly reference: number };

export interface Special {
  readonly place: Place;
  /** One, or several that are joined to a text. */
  readonly parts: readonly Part[];
  /** Whether it is a text in any case, as what `&` gives. */
  readonly isJoined: boolean;
  /** What follows the value, and nothing where there is none. */
  readonly tail: Fixed;
}

const PLAIN_FORM = /^[A-Za-z0-9*\-._]*$/;

/** As it stands between the quotes of a JSON text. */
export const pieceOf = (text: string): string => JSON.stringify(text).slice(1, -1);

/** As `application/x-www-form-urlencoded` writes it (URL Standard, 5.2). */
export const formEncoded = (text: string): string =>
  PLAIN_FORM.test(text) ? text : new URLSearchParams([['', text]]).toString().slice(1);

/** A bare text, as it is written within a text of JSON or in a form. */
export const inPlace = (text: string, place: Place): string =>
  place === 'form' ? formEncoded(text) : pieceOf(text);
