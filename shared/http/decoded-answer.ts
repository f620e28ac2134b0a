/**
 * Answers as their sender wrote them, before Content-Encoding (RFC 9110, section 8.4): some servers compress whatever
 * they were asked for. Within bounds, as a small answer may become a large one.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import type { HttpAnswer } from '../contracts/http.ts';

type Answer = Extract<HttpAnswer, { kind: 'answer' }>;
type Decoder = (body: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>;

const unzip: Decoder = promisify(gunzip);
const inflateWrapped: Decoder = promisify(inflate);
const inflatePlain: Decoder = promisify(inflateRaw);

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: unzip,
  'x-gzip': unzip,
  br: promisify(brotliDecompress),
  // Servers differ in whether it has the wrapping that the standard asks for.
  deflate: (body, options) =>
    inflateWrapped(body, options).catch(() => inflatePlain(body, options)),
};

const mostEncodings = 3;

/** `maxBytes`: of the body, once it is decoded. One that cannot be decoded is empty, and marked so. */
export async function decoded(answer: HttpAnswer, maxBytes: number): Promise<HttpAnswer> {
  if (answer.kind !== 'answer' || answer.body.length === 0) return answer;
  const names = encodingsOf(answer);
  if (names.length === 0) return answer;
  const empty = new Uint8Array();
  if (answer.truncated) return { ...answer, body: empty };
  try {
    let { body } = answer;
    for (const name of names.reverse()) {
      const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
      if (!decode || names.length > mostEncodings)
        return { ...answer, body: empty, undecoded: true };
      body = await decode(body, { maxOutputLength: maxBytes });
    }
    return { ...answer, body };
  } catch (error) {
    return isTooLong(error)
      ? { ...answer, body: empty, truncated: true }
      : { ...answer, body: empty, undecoded: true };
  }
}

const encodingsOf = ({ headers }: Answer): string[] =>
  (headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');

const isTooLong = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
