/**
 * Checksums of Parquet's pages, which DuckDB does not look at: a bit that fell over within a page is read as another
 * value. They are optional (Arrow, Spark and others write them where they are told to), and cover a page as it is stored,
 * without its header. Format: https://parquet.apache.org/docs/file-format/data-pages/checksumming/
 */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Database } from './database.ts';
import { fileList } from './sql.ts';

interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** In `parquet_metadata`: where the first page of a column begins. */
export const pageStart =
  'CASE WHEN dictionary_page_offset > 0 THEN least(dictionary_page_offset, data_page_offset) ELSE data_page_offset END';

/**
 * Whether each page is as its checksum says; true where the file has none.
 * @param first where its first page begins: most files have no checksums, and that page tells
 */
export async function pagesAreSound(
  database: Database,
  path: string,
  first: number,
): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(headerBytes),
      0,
      headerBytes,
      first,
    );
    if (pageHeader(buffer.subarray(0, bytesRead))?.crc === undefined) return true;
    const bytes = new Bytes(handle);
    for (const chunk of await chunksOf(database, path)) {
      const found = await checkChunk(bytes, chunk);
      if (found !== 'sound') return found === 'unsigned';
    }
    return true;
  } finally {
    await handle.close();
  }
}

async function chunksOf(database: Database, path: string): Promise<Chunk[]> {
  const rows = await database.rows(
    `SELECT ${pageStart} AS start, total_compressed_size FROM parquet_metadata(${fileList([path])}) ORDER BY start`,
  );
  return rows.map(([start, size]) => ({ start: Number(start), end: Number(start) + Number(size) }));
}

/** `unsigned`: a page has no checksum, or a header that cannot be read, which is DuckDB's to refuse. */
async function checkChunk(
  bytes: Bytes,
  { start, end }: Chunk,
): Promise<'sound' | 'unsound' | 'unsigned'> {
  for (let at = start; at < end; ) {
    const header = pageHeader(await bytes.at(at, headerBytes));
    if (header?.crc === undefined) return 'unsigned';
    const body = at + header.length;
    let crc = 0;
    for (let done = 0; done < header.size; done += windowBytes) {
      crc = crc32(await bytes.at(body + done, Math.min(windowBytes, header.size - done)), crc);
    }
    if (crc !== header.crc >>> 0) return 'unsound';
    at = body + header.size;
  }
  return 'sound';
}

/** Headers hold the least and the greatest value of their page, too. */
const headerBytes = 65_536;
const windowBytes = 4 * 1_048_576;

/** A file read in windows: pages are small, and many. */
class Bytes {
  readonly #handle: FileHandle;
  #from = 0;
  #window: Buffer = Buffer.alloc(0);

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Fewer where the file ends. */
  async at(from: number, length: number): Promise<Buffer> {
    if (from < this.#from || from + length > this.#from + this.#window.length) {
      const { buffer, bytesRead } = await this.#handle.read(
        Buffer.alloc(windowBytes),
        0,
        windowBytes,
        from,
      );
      this.#from = from;
      this.#window = buffer.subarray(0, bytesRead);
    }
    return this.#window.subarray(from - this.#from, from - this.#from + length);
  }
}

interface PageHeader {
  /** Of the header, and of the page behind it. */
  readonly length: number;
  readonly size: number;
  readonly crc: number | undefined;
}

/** Thrift's compact protocol, as far as a page header needs it: field 3 is the size as stored, field 4 the checksum. */
function pageHeader(bytes: Buffer): PageHeader | undefined {
  const reader = new Thrift(bytes);
  try {
    const fields = reader.integers();
    const size = fields.get(3);
    if (size === undefined || size < 0) return undefined;
    return { length: reader.at, size, crc: fields.get(4) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Thrift {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The whole numbers of a struct, by field; whatever else it has is passed over. @throws RangeError at the end of the bytes */
  integers(): Map<number, number> {
    const found = new Map<number, number>();
    for (let field = 0; ; ) {
      const head = this.#byte();
      const type = head & 15;
      if (type === 0) return found;
      field = head >> 4 === 0 ? this.#integer() : field + (head >> 4);
      if (type >= 4 && type <= 6) found.set(field, this.#integer());
      else this.#pass(type);
    }
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.at++);
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** Zigzag. */
  #integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #pass(type: number): void {
    if (type <= 2) return;
    if (type === 3) this.at += 1;
    else if (type <= 6) this.#varint();
    else if (type === 7) this.at += 8;
    else if (type === 8) this.#passBytes();
    else if (type === 12) this.integers();
    else this.#passList();
  }

  /** Their number first, which moves the place they are counted from. */
  #passBytes(): void {
    const count = this.#varint();
    this.at += count;
  }

  /** Truth takes a byte in a list. No header has a map. */
  #passList(): void {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    const type = head & 15;
    for (let index = 0; index < count; index += 1) this.#pass(type <= 2 ? 3 : type);
  }
}
