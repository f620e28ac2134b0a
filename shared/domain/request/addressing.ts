/** Where a request goes: one URL for all of an action, or one that its records stand in. */
import type { FieldCast } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import { type BoundPath, recordPathFault, recordsPath, shownPath } from '../platform/path.ts';
import { resolveUrl } from '../platform/target.ts';
import { castFault, castText } from '../template/cast.ts';
import type { RenderRecord } from '../template/template.ts';
import { ConfigurationError } from '../words/errors.ts';
import type { Fault } from '../words/problem.ts';

/** Servers and what stands before them take 8 KB of a request's first line. */
const mostUrl = 8_000;

export interface AddressingSettings {
  readonly baseUrl: string;
  readonly path: BoundPath;
  readonly casts: ReadonlyMap<string, FieldCast>;
}

/** Records that can stand in the path. `positions`: theirs among those given; undefined where all can. */
export interface Placed {
  readonly texts: readonly string[];
  readonly positions: readonly number[] | undefined;
  readonly invalid: readonly { readonly index: number; readonly fault: Fault }[];
}

export interface Addressing {
  check(texts: readonly string[]): Placed;
  /** @throws ConfigurationError `url-too-long`, for which its records go on in smaller requests */
  urlOf(texts: () => readonly string[]): string;
  readonly shownUrl: string;
}

export function addressing(
  { baseUrl, path, casts }: AddressingSettings,
  view: (text: string) => RenderRecord,
): Addressing {
  const isFixed = path.every((part) => typeof part === 'string');
  if (isFixed) {
    const url = resolveUrl(baseUrl, path.join(''));
    const all = (texts: readonly string[]) => ({ texts, positions: undefined, invalid: [] });
    return { check: all, urlOf: () => url, shownUrl: url };
  }
  const fields = path.flatMap((part) => (typeof part === 'string' ? [] : [part.field]));
  const seen = (text: string) => withCasts(view(text), fields, casts);
  return {
    check: (texts) => checked(texts, (text) => faultOf(path, seen(text))),
    urlOf(texts) {
      const records = texts().map((text) => seen(text).record);
      const url = resolveUrl(baseUrl, recordsPath(path, records));
      if (url.length > mostUrl) throw tooLong();
      return url;
    },
    shownUrl: `${baseUrl.replace(/\/$/, '')}${shownPath(path)}`,
  };
}

function checked(texts: readonly string[], faultIn: (text: string) => Fault | undefined): Placed {
  const faults = texts.map(faultIn);
  const invalid = faults.flatMap((fault, index) => (fault ? [{ index, fault }] : []));
  if (invalid.length === 0) return { texts, positions: undefined, invalid };
  const positions = [...texts.keys()].filter((index) => faults[index] === undefined);
  return { texts: texts.filter((_, index) => faults[index] === undefined), positions, invalid };
}

interface Seen {
  readonly record: RenderRecord;
  readonly fault: Fault | undefined;
}

const faultOf = (path: BoundPath, { record, fault }: Seen): Fault | undefined =>
  fault ?? recordPathFault(path, record);

function withCasts(
  record: RenderRecord,
  fields: readonly string[],
  casts: ReadonlyMap<string, FieldCast>,
): Seen {
  const values: Record<string, JsonValue> = { ...record };
  for (const field of fields) {
    const as = casts.get(field);
    const value = Object.hasOwn(record, field) ? (record[field] ?? null) : null;
    if (as === undefined || value === null) continue;
    const code = castFault(as, value);
    if (code !== undefined) return { record, fault: { code, reason: misfit(field, as) } };
    values[field] = castText(as, value);
  }
  return { record: values, fault: undefined };
}

const misfit = (field: string, as: FieldCast): string =>
  `Field ${field} stands in the path of the request as ${as}, and its value cannot be sent as that. Mend it in the export, or take out "as".`;

const tooLong = () =>
  new ConfigurationError(
    'url-too-long',
    `The URL of a request would be longer than ${mostUrl} characters. Lower the batch size.`,
  );
