/**
 * DuckDB reads a JSON number as a double and writes it anew: 1.10 becomes 1.1, and what a double cannot hold is
 * lost without a word. So before a line is read as JSON, each number in it that is not exact as a double is put
 * in quotes, and so are NaN and the infinities, which JSON does not know.
 */
import { isSafe } from './sql.ts';

/** A number of 16 digits or more, or with an exponent, or none: the others are exact. */
const suspect = String.raw`(?:^|[:,\[])\s*-?(?:[0-9][0-9.]{15}|[0-9.]+[eE]|(?i:nan|inf))`;

/** What is exact at a glance, as far as it goes (strings, short numbers, words, what stands between them); then one number or word. */
const tokens = String.raw`(?:"(?:[^"\\]|\\.)*"|[\s,:\[\]{}]+|(?:true|false|null|[^"\s,:\[\]{}eEnN]{1,15})[\s,:\[\]{}])+|[^"\s,:\[\]{}]+`;

/** The digits of a number that count: no sign, point, exponent, leading or trailing zeros. */
const digits = (number: string) =>
  `regexp_replace(regexp_replace(${number}, '[eE].*$|[-.]', '', 'g'), '^0+|0+$', '', 'g')`;

/**
 * A decimal number is exact where its double, written as short as can be or to 17 digits, has the same digits:
 * those are the two ways doubles are written.
 */
const isExact = `coalesce(isfinite(try_cast(token AS DOUBLE)), false) AND (
  length(${digits('token')}) <= 15
  OR ${digits('token')} = ${digits('CAST(try_cast(token AS DOUBLE) AS VARCHAR)')}
  OR ${digits('token')} = ${digits("format('{:.16e}', try_cast(token AS DOUBLE))")})`;

const rewritten = `CASE
  WHEN regexp_matches(token, '[\\s,:\\[\\]{}"]') THEN token
  WHEN contains(token, '.') AND token = CAST(try_cast(token AS DOUBLE) AS VARCHAR) THEN token
  WHEN regexp_full_match(token, '-?[0-9]+')
    THEN CASE WHEN ${isSafe('try_cast(token AS BIGINT)')} THEN token ELSE '"' || token || '"' END
  WHEN regexp_full_match(token, '-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?')
    THEN CASE WHEN ${isExact} THEN token ELSE '"' || token || '"' END
  WHEN regexp_full_match(token, '(?i)-?nan') THEN '"NaN"'
  WHEN regexp_full_match(token, '(?i)inf(inity)?') THEN '"Infinity"'
  WHEN regexp_full_match(token, '(?i)-inf(inity)?') THEN '"-Infinity"'
  ELSE token END`;

/** @param json an SQL expression of a valid JSON text */
export const exactJson = (json: string): string => `CASE WHEN regexp_matches(${json}, '${suspect}')
  THEN array_to_string(list_transform(regexp_extract_all(${json}, '${tokens}'), lambda token: ${rewritten}), '')
  ELSE ${json} END`;
