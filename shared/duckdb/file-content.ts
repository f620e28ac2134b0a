/** What a file holds, as the one who wrote it noted it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ObjectContent } from '../contracts/mirror.ts';

export async function contentOf(file: string): Promise<ObjectContent> {
  const hash = createHash('sha256');
  const bytes = createReadStream(file, { highWaterMark: 1_048_576 });
  await pipeline(bytes, hash);
  return { bytes: bytes.bytesRead, sha256: hash.digest('hex') };
}
