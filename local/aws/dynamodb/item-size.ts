/**
 * How large DynamoDB says an item is, in bytes: names and texts in UTF-8, a number a byte for two digits and one more, a
 * list or map three bytes and one for each element.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export type AttributeMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is AttributeMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function itemSize(item: AttributeMap): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

const containerBytes = 3;
const largestNumber = 21;

function valueSize(value: unknown): number {
  if (!isMap(value)) return 0;
  const [type, content] = Object.entries(value)[0] ?? [];
  if (type === 'M' && isMap(content)) {
    return containerBytes + Object.keys(content).length + itemSize(content);
  }
  if (!Array.isArray(content)) return scalarSize(type, content);
  if (type === 'L') {
    return content.reduce<number>((sum, each) => sum + 1 + valueSize(each), containerBytes);
  }
  return content.reduce<number>((sum, each) => sum + scalarSize(type?.[0], each), 0);
}

function scalarSize(type: string | undefined, content: unknown): number {
  if (typeof content !== 'string') return 1;
  if (type === 'B') return Buffer.byteLength(content, 'base64');
  if (type !== 'N') return Buffer.byteLength(content);
  const digits = content
    .replace(/e.*$/i, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '').length;
  return Math.min(largestNumber, 1 + Math.ceil(digits / 2));
}
