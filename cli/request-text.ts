/** A request as it goes over the wire, for a person to read. */
import { indented } from './json-text.ts';
import type { Terminal } from './terminal.ts';

export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export function requestText(
  style: Terminal['style'],
  { method, url, headers, body }: ShownRequest,
): string {
  return [
    style('bold', `${method} ${url}`),
    ...Object.entries(headers).map(([name, value]) => `${style('dim', name)}: ${value}`),
    ...(body ? ['', indented(body)] : []),
  ].join('\n');
}
