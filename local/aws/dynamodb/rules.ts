/**
 * What DynamoDB refuses and the package that stands in for it lets pass, by
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html; the rules' other sources stand with their
 * inputs, in the tests' table. Besides: whatever the stack's functions may not call.
 */
import { table } from '../../../shared/contracts/wiring.ts';
import { type AttributeMap, isMap } from './item-size.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** What the stack grants to some function. */
const granted = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchWriteItem'];

const keyBytes: Readonly<Record<string, number>> = {
  [table.partitionKey]: 2_048,
  [table.sortKey]: 1_024,
};
const deepest = 32;
const expressionBytes = 4_096;
const placeholderBytes = 255;
const nameBytes = 65_535;

/** Undefined where nothing speaks against the call. */
export function refusalOf(operation: string, call: unknown): Refusal | undefined {
  if (!granted.includes(operation)) {
    return {
      code: 'AccessDeniedException',
      message: `User is not authorized to perform: dynamodb:${operation}`,
    };
  }
  if (!isMap(call)) return undefined;
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = call;
  const items = [...itemsOf(call), ...keysOf(call)];
  const message =
    expressionRefusal(call) ??
    first(items, keyRefusal) ??
    keyConditionRefusal(call) ??
    first(items, (item) => mapRefusal(item, 0)) ??
    first(Object.values(mapOf(values)), (value) => valueRefusal(value, 1)) ??
    first(Object.values(mapOf(names)), (name) => nameRefusal(String(name)));
  return message === undefined ? undefined : { code: 'ValidationException', message };
}

function first<T>(values: readonly T[], refusal: (value: T) => string | undefined) {
  for (const value of values) {
    const found = refusal(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

const mapOf = (value: unknown): AttributeMap => (isMap(value) ? value : {});

/** Of a batch: its writes of one kind. */
function writesOf({ RequestItems }: AttributeMap, kind: string, what: string): unknown[] {
  const lists = Object.values(mapOf(RequestItems));
  const writes = lists.flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  return writes.map((write) => mapOf(mapOf(write)[kind])[what]);
}

const itemsOf = (call: AttributeMap) =>
  [call['Item'], ...writesOf(call, 'PutRequest', 'Item')].filter(isMap);

const keysOf = (call: AttributeMap) =>
  [call['Key'], call['ExclusiveStartKey'], ...writesOf(call, 'DeleteRequest', 'Key')].filter(isMap);

function keyRefusal(item: AttributeMap): string | undefined {
  return first(Object.entries(keyBytes), ([name, most]) => keyValueRefusal(name, most, item[name]));
}

function keyValueRefusal(name: string, most: number, value: unknown): string | undefined {
  const { S } = mapOf(value);
  if (S === '') {
    return `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`;
  }
  if (typeof S !== 'string' || Buffer.byteLength(S) <= most) return undefined;
  return name === table.partitionKey
    ? `One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of ${most} bytes`
    : `One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of ${most} bytes`;
}

function keyConditionRefusal(call: AttributeMap): string | undefined {
  const { KeyConditionExpression: condition } = call;
  if (typeof condition !== 'string') return undefined;
  const values = mapOf(call['ExpressionAttributeValues']);
  const names = mapOf(call['ExpressionAttributeNames']);
  const conditions = condition.matchAll(
    /(#?\w+)\s*(?:,|[<>=]+|BETWEEN)\s*(:\w+)(?:\s+AND\s+(:\w+))?/gi,
  );
  for (const [, place = '', ...placeholders] of conditions) {
    const name = String(names[place] ?? place);
    const most = keyBytes[name] ?? Number.POSITIVE_INFINITY;
    for (const placeholder of placeholders) {
      const refusal = placeholder && keyValueRefusal(name, most, values[placeholder]);
      if (refusal) return refusal;
    }
  }
  return undefined;
}

function expressionRefusal(call: AttributeMap): string | undefined {
  for (const [name, text] of Object.entries(call)) {
    if (!name.endsWith('Expression') || typeof text !== 'string') continue;
    const size = Buffer.byteLength(text);
    if (size > expressionBytes) {
      return `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`;
    }
  }
  const placeholders = [call['ExpressionAttributeNames'], call['ExpressionAttributeValues']];
  const long = placeholders
    .flatMap((each) => Object.keys(mapOf(each)))
    .some((each) => Buffer.byteLength(each) > placeholderBytes);
  return long ? 'ExpressionAttributeNames contains invalid key: it is too long' : undefined;
}

function mapRefusal(map: AttributeMap, depth: number): string | undefined {
  return first(
    Object.entries(map),
    ([name, value]) => nameRefusal(name) ?? valueRefusal(value, depth + 1),
  );
}

function nameRefusal(name: string): string | undefined {
  if (name === '') return 'One or more parameter values are not valid: An attribute name is empty';
  if (!name.isWellFormed()) return malformed;
  return Buffer.byteLength(name) > nameBytes
    ? 'One or more parameter values were invalid: Attribute name is too large, must be less than 65536 bytes'
    : undefined;
}

/** `depth`: maps and lists around the value, the item's own not counted. */
function valueRefusal(value: unknown, depth: number): string | undefined {
  const { S, SS, M, L } = mapOf(value);
  if (typeof S === 'string') return S.isWellFormed() ? undefined : malformed;
  if (Array.isArray(SS)) {
    return SS.every((each) => String(each).isWellFormed()) ? undefined : malformed;
  }
  if (!isMap(M) && !Array.isArray(L)) return undefined;
  if (depth > deepest) return 'Nesting Levels have exceeded supported limits';
  return isMap(M)
    ? mapRefusal(M, depth)
    : first(Array.isArray(L) ? L : [], (each) => valueRefusal(each, depth + 1));
}

const malformed = 'One or more parameter values were invalid: A text is not well-formed Unicode';
