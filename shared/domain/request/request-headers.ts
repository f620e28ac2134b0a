/** The headers that a request has before it is signed and authenticated. */
import type { BodyKind } from '../../contracts/call.ts';
import type { Destination } from '../../contracts/destination.ts';
import { contentTypes, userAgent } from '../platform/headers.ts';

interface RequestHeaders {
  readonly headers: Destination['headers'];
  readonly bodyKind: BodyKind;
}

/** A destination may name a media type of its own for what its bodies are written as; the rest is ours. */
export function headersOf({ headers, bodyKind }: RequestHeaders): Record<string, string> {
  const own = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const { 'content-type': named, ...others } = own;
  const type = bodyKind === 'none' ? undefined : contentTypes[bodyKind];
  const isFitting = named !== undefined && type?.own.test(named);
  const contentType = isFitting ? named : type?.usual;
  return {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...others,
    'user-agent': userAgent,
  };
}
