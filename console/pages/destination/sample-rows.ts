/** Sample rows as they are typed: a list of JSON objects. */
import { isSettings, type Json, type Settings } from '../../edit/pointer.ts';
import { say } from '../../words/text.ts';

export type Rows = readonly { readonly [name: string]: unknown }[];

type Read =
  | { readonly ok: true; readonly rows: readonly Settings[] }
  | { readonly ok: false; readonly error: string };

export function rowsOf(text: string): Read {
  let read: Json;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : say('preview.noRows') };
  }
  const all: readonly Json[] = Array.isArray(read) ? read : [read];
  const rows = all.filter(isSettings);
  return rows.length === all.length
    ? { ok: true, rows }
    : { ok: false, error: say('preview.noRows') };
}
