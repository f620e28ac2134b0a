/** Repeats what SDK clients do not repeat by themselves: a request whose body is a stream, and an answer that breaks off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { S3ServiceException } from '@aws-sdk/client-s3';

const tries = 4;
const firstPauseMs = 100;

/** @param work from the beginning each time: a stream can be read once */
export async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (failures === tries || !isPassing(error)) throw error;
      await sleep(firstPauseMs * 2 ** failures * (0.5 + Math.random() / 2));
    }
  }
}

/**
 * The bytes from `from` on; where they break off on the way, they go on after the last that came. It gives up where nothing
 * comes at several tries one after the other.
 * @param open the bytes from this place to the end, of the very same object
 */
export async function* resumed(
  first: AsyncIterable<Uint8Array>,
  from: number,
  open: (from: number) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  let at = from;
  let bytes = first;
  for (let failures = 0; ; ) {
    try {
      for await (const part of bytes) {
        at += part.length;
        failures = 0;
        yield part;
      }
      return;
    } catch (error) {
      failures += 1;
      if (failures === tries || !isPassing(error)) throw error;
      await sleep(firstPauseMs * 2 ** failures * (0.5 + Math.random() / 2));
    }
    const rest = at;
    bytes = await repeated(() => open(rest));
  }
}

const ofConnection = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

function isPassing(error: unknown): boolean {
  if (error instanceof S3ServiceException) {
    const { httpStatusCode: status = 500 } = error.$metadata;
    // 409: two conditional writes met, and S3 asks to try again:
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    return status >= 500 || status === 429 || status === 409;
  }
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return ofConnection.has(code) || error.name === 'TimeoutError' || error.message === 'aborted';
}
