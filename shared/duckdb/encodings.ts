/** CSV in other encodings than UTF-8, which is what DuckDB reads. */
import { Transform, type TransformCallback } from 'node:stream';
import type { CsvDialect } from '../contracts/sync.ts';
import { unreadable } from './snapshot-errors.ts';

type Encoding = CsvDialect['encoding'];

/** Takes the bytes of a file piece by piece; an empty piece ends it. */
type Decode = (bytes: Buffer) => string;

/** The steps to UTF-8, none where it is that already. */
export function recoders(object: string, encoding: Encoding): Transform[] {
  if (encoding === 'utf-8') return [];
  const decode = decoderOf(object, encoding);
  const step = (bytes: Buffer, done: TransformCallback) => {
    try {
      done(null, decode(bytes));
    } catch (error) {
      done(isInvalid(error) ? notThroughout(object) : error instanceof Error ? error : new Error());
    }
  };
  return [
    new Transform({
      transform: (bytes: Buffer, _encoding, done) => step(bytes, done),
      flush: (done) => step(Buffer.alloc(0), done),
    }),
  ];
}

/** The beginning of a file, as UTF-8. @throws SnapshotError `file-unreadable` */
export const recodedHead = (object: string, encoding: Encoding, head: Buffer): Buffer =>
  encoding === 'utf-8' ? head : Buffer.from(decoderOf(object, encoding)(head));

function decoderOf(object: string, encoding: Exclude<Encoding, 'utf-8'>): Decode {
  if (encoding === 'latin1') return (bytes) => bytes.toString('latin1');
  let decode: Decode | undefined;
  return (bytes) => {
    decode ??= streaming(encoding === 'utf-16' ? markedAs(object, bytes) : encoding);
    return decode(bytes);
  };
}

function streaming(encoding: string): Decode {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes) => decoder.decode(bytes, { stream: bytes.length > 0 });
}

function markedAs(object: string, bytes: Buffer): 'utf-16le' | 'utf-16be' {
  const mark = bytes.toString('latin1', 0, 2);
  if (mark === '\xff\xfe') return 'utf-16le';
  if (mark === '\xfe\xff') return 'utf-16be';
  throw unreadable(
    object,
    'has no byte order mark, so that it cannot be read as UTF-16',
    'Export it as UTF-8, or change csv.encoding of the source.',
  );
}

const isInvalid = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

const notThroughout = (object: string) =>
  unreadable(
    object,
    'is not in the encoding of csv.encoding throughout',
    'Export it again, or as UTF-8.',
  );
