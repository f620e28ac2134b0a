/**
 * The canonical form of a value: one JSON text, the same whatever file format it came in.
 *
 * | type | form |
 * |---|---|
 * | text, UUID, ENUM, TIME, INTERVAL | string |
 * | integers | number, beyond ±(2^53-1) a string of their exact digits |
 * | DECIMAL | string of its exact text: "12.00" |
 * | FLOAT, DOUBLE | shortest number that reads back the same; "NaN", "Infinity", "-Infinity" |
 * | BOOLEAN | true, false |
 * | DATE | "2024-01-31" |
 * | TIMESTAMP, with or without time zone | "2024-01-31T12:34:56.5Z", in UTC, no more fraction digits than needed |
 * | BLOB | string in base64 |
 * | LIST, ARRAY; STRUCT; MAP | array; object; object, or array of {"key", "value"} where the keys are no text |
 * | JSON | as in an NDJSON line |
 *
 * A year before 1 or after 9999 is written with its sign and six digits, as ISO 8601 expands it.
 *
 * DuckDB's own `to_json` will not do: it writes NaN bare, 12.00 as 12.0, and timestamps without T and Z.
 */
import {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId as Id,
} from '@duckdb/node-api';
import { exactJson } from './exact-json.ts';
import { isSafe, literal } from './sql.ts';

/** Two SQL expressions over one value; NULL where the value is. */
export interface CanonicalSql {
  /** JSON text. */
  readonly json: string;
  /**
   * The text by which a value is a key. One number has one text, whatever type it comes in: its digits without exponent,
   * without zeros that say nothing. NULL for NaN too, which is no number. Mirrors hold these texts, so the form is a part of
   * their format.
   */
  readonly text: string;
}

/** @param x an SQL expression of this type */
export function canonicalSql(x: string, type: DuckDBType, depth = 0): CanonicalSql {
  const text = `CAST(${x} AS VARCHAR)`;
  switch (type.typeId) {
    case Id.BOOLEAN:
    case Id.TINYINT:
    case Id.SMALLINT:
    case Id.INTEGER:
    case Id.UTINYINT:
    case Id.USMALLINT:
    case Id.UINTEGER:
      return { text, json: text };
    case Id.BIGINT:
    case Id.UBIGINT:
    case Id.HUGEINT:
    case Id.UHUGEINT:
      return { text, json: `CASE WHEN ${isSafe(x)} THEN ${text} ELSE ${quoted(text)} END` };
    case Id.FLOAT:
    case Id.DOUBLE:
      return float(x, text);
    case Id.DECIMAL:
      return { text: withoutZeros(text), json: quoted(text) };
    case Id.UUID:
      return { text, json: quoted(text) };
    case Id.DATE:
      return instant(expanded(x, text));
    case Id.TIMESTAMP_TZ: {
      const utc = `CAST(${x} AS TIMESTAMP)`;
      return instant(timestamp(utc, `CAST(${utc} AS VARCHAR)`));
    }
    case Id.TIMESTAMP:
    case Id.TIMESTAMP_S:
    case Id.TIMESTAMP_MS:
    case Id.TIMESTAMP_NS:
      return instant(timestamp(x, text));
    case Id.BLOB:
      return { text: `base64(${x})`, json: quoted(`base64(${x})`) };
    case Id.VARCHAR:
      return type.alias === 'JSON' ? embedded(text) : { text: x, json: escaped(x) };
    default:
      return nested(x, type, depth) ?? { text, json: escaped(text) };
  }
}

const quoted = (text: string) => `'"' || ${text} || '"'`;

/** Long texts with none but these to escape go without `to_json`: it takes six times their size in memory. */
const escapes = [
  ["'\\'", "'\\\\'"],
  [`'"'`, `'\\"'`],
  ['chr(10)', "'\\n'"],
  ['chr(13)', "'\\r'"],
  ['chr(9)', "'\\t'"],
] as const;

/** A text as a JSON string. */
export function escaped(text: string): string {
  const json = `CAST(to_json(${text}) AS VARCHAR)`;
  const long = escapes.reduce((all, [from, to]) => `replace(${all}, ${from}, ${to})`, text);
  return `CASE WHEN strlen(${text}) < 65536
    OR regexp_matches(${text}, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]') THEN ${json} ELSE ${quoted(long)} END`;
}

function float(x: string, raw: string): CanonicalSql {
  const name = `CASE WHEN isnan(${x}) THEN 'NaN' WHEN ${x} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  // Zero may be negative, and whole numbers come with ".0".
  const number = `CASE WHEN ${x} = 0 THEN '0' ELSE regexp_replace(${raw}, '\\.0$', '') END`;
  return {
    text: numberKey(x, raw),
    json: `CASE WHEN isfinite(${x}) THEN ${number} WHEN ${x} IS NOT NULL THEN ${quoted(name)} END`,
  };
}

/** Whole numbers are exact up to here as DuckDB's widest integer. */
const widest = '1e38';

/**
 * The key of a double. A whole number is written with all its digits, a fraction with as few as read back the same.
 * @param raw its shortest text, which may have an exponent
 */
export function numberKey(x: string, raw: string): string {
  const sign = `CASE WHEN ${x} < 0 THEN '-' ELSE '' END`;
  const digits = `replace(regexp_extract(${raw}, '^-?([0-9.]+)', 1), '.', '')`;
  const power = `abs(CAST(regexp_extract(${raw}, 'e(.*)$', 1) AS INTEGER))`;
  return `CASE WHEN ${x} IS NULL OR isnan(${x}) THEN NULL
    WHEN isinf(${x}) THEN ${sign} || 'Infinity'
    WHEN ${x} = trunc(${x}) AND abs(${x}) < ${widest} THEN CAST(TRY_CAST(${x} AS HUGEINT) AS VARCHAR)
    WHEN contains(${raw}, 'e-') THEN ${sign} || '0.' || repeat('0', ${power} - 1) || ${digits}
    WHEN contains(${raw}, 'e') THEN ${sign} || rpad(${digits}, ${power} + 1, '0')
    ELSE ${raw} END`;
}

const withoutZeros = (text: string) =>
  `CASE WHEN contains(${text}, '.') THEN rtrim(rtrim(${text}, '0'), '.') ELSE ${text} END`;

const instant = (text: string): CanonicalSql => ({ text, json: quoted(text) });

/** Of 'infinity' there is no ISO form; it stays as it is. */
const timestamp = (x: string, raw: string) =>
  `CASE WHEN NOT isfinite(${x}) THEN ${raw} ELSE ${expanded(x, `replace(replace(${raw}, ' (BC)', ''), ' ', 'T')`)} || 'Z' END`;

/** @param text of a day, or of one and a time */
const expanded = (x: string, text: string) =>
  `CASE WHEN isfinite(${x}) AND (year(${x}) < 1 OR year(${x}) > 9999)
    THEN format('{:+07d}', year(${x})) || regexp_extract(${text}, '^[0-9]+(-[0-9]{2}-[0-9]{2}(T[^ ]*)?)', 1) ELSE ${text} END`;

/** A column whose text is JSON, as some formats declare; what is none is text. */
function embedded(text: string): CanonicalSql {
  const json = `CASE WHEN json_valid(${text}) THEN CAST(json(${exactJson(text)}) AS VARCHAR) ELSE ${escaped(text)} END`;
  return { text, json };
}

function nested(x: string, type: DuckDBType, depth: number): CanonicalSql | undefined {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const each = `each${depth}`;
    return same(
      joined('[', x, each, orNull(canonicalSql(each, type.valueType, depth + 1).json), ']'),
    );
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryTypes.map((entry, index) => {
      const value = canonicalSql(`struct_extract_at(${x}, ${index + 1})`, entry, depth + 1);
      return `${literal(`${JSON.stringify(type.entryNames[index])}:`)} || ${orNull(value.json)}`;
    });
    return same(`CASE WHEN ${x} IS NOT NULL THEN '{' || ${fields.join(` || ',' || `)} || '}' END`);
  }
  return type instanceof DuckDBMapType ? map(x, type, depth) : undefined;
}

function map(x: string, type: DuckDBMapType, depth: number): CanonicalSql {
  const each = `each${depth}`;
  const key = canonicalSql(`${each}.key`, type.keyType, depth + 1).json;
  const value = orNull(canonicalSql(`${each}.value`, type.valueType, depth + 1).json);
  const entries = `map_entries(${x})`;
  return type.keyType.typeId === Id.VARCHAR
    ? same(joined('{', entries, each, `${key} || ':' || ${value}`, '}'))
    : same(
        joined('[', entries, each, `'{"key":' || ${key} || ',"value":' || ${value} || '}'`, ']'),
      );
}

const joined = (open: string, items: string, each: string, item: string, close: string) =>
  `'${open}' || array_to_string(list_transform(${items}, lambda ${each}: ${item}), ',') || '${close}'`;

const same = (json: string): CanonicalSql => ({ json, text: json });

/** A JSON text where there is a value, and "null" where there is none. */
export const orNull = (json: string): string => `coalesce(${json}, 'null')`;
