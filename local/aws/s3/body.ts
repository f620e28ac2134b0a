/**
 * Request bodies: the bytes meant, whatever their framing, and the proof that they are all there.
 * Framings: plain, and `aws-chunked` with or without chunk signatures and trailers
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html). Signatures are not verified.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { incompleteBody, malformedXml, S3Error } from './error.ts';

export interface Received {
  /** Bytes, without framing. */
  readonly size: number;
  /** Lower-case hex, as in an ETag. */
  readonly md5: string;
  /** Base64, as in `x-amz-checksum-crc32`. */
  readonly crc32: string;
}

/** Of one request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MOST_BYTES = 5 * 1024 ** 3;

type Sink = (piece: Buffer) => Promise<void> | void;

/**
 * Hands the body to `sink` piece by piece and answers once every byte is there and agrees with the length and
 * the CRC32 or MD5 that the client sent; throws otherwise, and then what `sink` got must be thrown away.
 * Other checksums (SHA, CRC32C, CRC64NVME) are ignored.
 */
export async function receive(request: IncomingMessage, sink: Sink): Promise<Received> {
  const { headers } = request;
  const framing = isChunked(headers) ? new AwsChunked() : undefined;
  const expected = declaredLength(headers, framing !== undefined);
  if (expected > MOST_BYTES) {
    throw new S3Error(
      400,
      'EntityTooLarge',
      'Your proposed upload exceeds the maximum allowed size',
    );
  }
  const md5 = createHash('md5');
  let crc = 0;
  let size = 0;
  for await (const raw of pieces(request)) {
    for (const piece of framing?.undo(raw) ?? [raw]) {
      md5.update(piece);
      crc = crc32(piece, crc);
      size += piece.length;
      await sink(piece);
    }
  }
  framing?.finish();
  if (size !== expected) throw incompleteBody();
  const digest = md5.digest();
  verify('CRC32', declaredCrc(headers, framing), () => base64OfCrc(crc));
  verify('Content-MD5', header(headers, 'content-md5'), () => digest.toString('base64'));
  return { size, md5: digest.toString('hex'), crc32: base64OfCrc(crc) };
}

/** 1,000 keys to delete and 10,000 parts to join both stay below. */
const DOCUMENT_BYTES = 16 * 1024 * 1024;

/** Receives a small XML document. */
export async function receiveText(request: IncomingMessage): Promise<string> {
  const gathered: Buffer[] = [];
  let bytes = 0;
  await receive(request, (piece) => {
    bytes += piece.length;
    if (bytes > DOCUMENT_BYTES) throw malformedXml();
    gathered.push(piece);
  });
  return Buffer.concat(gathered).toString('utf8');
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Leaves the connection usable when it stops early, so that the refusal can still be sent. */
async function* pieces(request: IncomingMessage): AsyncGenerator<Buffer> {
  yield* request.iterator({ destroyOnReturn: false });
}

function isChunked(headers: IncomingHttpHeaders): boolean {
  return (
    header(headers, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true ||
    header(headers, 'content-encoding')?.includes('aws-chunked') === true
  );
}

function declaredLength(headers: IncomingHttpHeaders, chunked: boolean): number {
  const declared = header(headers, chunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (declared === undefined || !/^\d{1,15}$/.test(declared)) {
    throw new S3Error(
      411,
      'MissingContentLength',
      'You must provide the Content-Length HTTP header.',
    );
  }
  return Number(declared);
}

export const CRC_HEADER = 'x-amz-checksum-crc32';

function declaredCrc(headers: IncomingHttpHeaders, framing?: AwsChunked): string | undefined {
  if (header(headers, 'x-amz-trailer')?.toLowerCase() !== CRC_HEADER) {
    return header(headers, CRC_HEADER);
  }
  const crc = framing?.trailers.get(CRC_HEADER);
  if (crc === undefined) {
    throw new S3Error(400, 'MalformedTrailerError', `The trailer ${CRC_HEADER} is missing.`);
  }
  return crc;
}

export function base64OfCrc(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

function verify(what: string, declared: string | undefined, actual: () => string): void {
  if (declared !== undefined && declared !== actual()) {
    throw new S3Error(
      400,
      'BadDigest',
      `The ${what} you specified did not match what we received.`,
    );
  }
}

/** Longest line of the framing: a chunk's size with its signature, or a trailer. */
const LINE_BYTES = 4096;

/**
 * Undoes `aws-chunked`: `size[;signature]CRLF data CRLF` repeated, a chunk of size 0, trailers, an empty line.
 */
class AwsChunked {
  /** By lower-case name; complete after `finish`. */
  readonly trailers = new Map<string, string>();
  #expects: 'size' | 'end of data' | 'trailer' | 'nothing' = 'size';
  /** Bytes of the present chunk still to come. */
  #left = 0;
  /** What has come of a line whose end has not. */
  #line = '';

  /** The content in one piece of the body, as views of it. */
  *undo(piece: Buffer): Generator<Buffer> {
    for (let at = 0; at < piece.length; ) {
      const end = this.#left > 0 ? Math.min(piece.length, at + this.#left) : lineEnd(piece, at);
      const view = piece.subarray(at, end);
      at = end;
      if (this.#left > 0) {
        this.#left -= view.length;
        yield view;
      } else {
        this.#line += view.toString('latin1');
        if (this.#line.length > LINE_BYTES) throw malformedChunk();
        if (this.#line.endsWith('\n')) this.#takeLine();
      }
    }
  }

  /** Throws if the last chunk or the end of the trailers has not come. */
  finish(): void {
    if (this.#expects !== 'nothing') throw incompleteBody();
  }

  #takeLine(): void {
    const line = this.#line.replace(/\r?\n$/, '');
    this.#line = '';
    if (this.#expects === 'size') this.#takeSize(line);
    else if (this.#expects === 'trailer') this.#takeTrailer(line);
    else if (this.#expects === 'end of data' && line === '') this.#expects = 'size';
    else throw malformedChunk();
  }

  #takeSize(line: string): void {
    const size = /^([\da-f]{1,12})(?:;|$)/i.exec(line)?.[1];
    if (size === undefined) throw malformedChunk();
    this.#left = Number.parseInt(size, 16);
    this.#expects = this.#left > 0 ? 'end of data' : 'trailer';
  }

  #takeTrailer(line: string): void {
    const [name = '', ...value] = line.split(':');
    if (line === '') this.#expects = 'nothing';
    else this.trailers.set(name.trim().toLowerCase(), value.join(':').trim());
  }
}

function lineEnd(piece: Buffer, from: number): number {
  const newline = piece.indexOf(0x0a, from);
  return newline < 0 ? piece.length : newline + 1;
}

function malformedChunk(): S3Error {
  return new S3Error(400, 'InvalidChunkSizeError', 'The aws-chunked framing is malformed.');
}
