/** One suite over the simulator's object stores and the adapters over the embedded S3: both keep the same promises. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SnapshotError } from '../../shared/domain/words/errors.ts';
import type { SnapshotStore } from '../../shared/ports/snapshots.ts';
import { bucket, inFiles, inMemory, type ObjectStores, onS3 } from './objects.ts';

const bytes = (text: string) => Buffer.from(text);
const textOf = (body: Uint8Array | undefined) => body && Buffer.from(body).toString();

async function readAll(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** In UTF-16 the order of the last two is the other way round. */
const inByteOrder = ['A', 'a-', 'a/b', 'a0', 'ä', '\uffee', '😀'];

const stores = describe.each([
  { name: 'in memory', make: inMemory },
  { name: 'on S3', make: onS3 },
  { name: 'in files', make: inFiles },
]);

stores('the state store $name', ({ make }) => {
  let world: ObjectStores;
  let state: ObjectStores['state'];
  beforeAll(async () => {
    world = await make();
    state = world.state;
  });
  afterAll(() => world.close());

  test('gives back what was put, and nothing where nothing was', async () => {
    await state.put('one/a', bytes('first'));
    await state.put('one/empty', new Uint8Array());
    expect(textOf(await state.get('one/a'))).toBe('first');
    expect(textOf(await state.get('one/empty'))).toBe('');
    expect(await state.get('one/b')).toBeUndefined();
    expect(await state.get('one')).toBeUndefined();
    await state.put('one/a', bytes('second'));
    expect(textOf(await state.get('one/a'))).toBe('second');
  });

  test('keeps what it was given, whatever becomes of the bytes', async () => {
    const body = bytes('before');
    await state.put('own', body);
    body.write('AFTER!');
    expect(textOf(await state.get('own'))).toBe('before');
    (await state.get('own'))?.fill(0);
    expect(textOf(await state.get('own'))).toBe('before');
  });

  test('lets one of many racing writers be the first, and keeps its object', async () => {
    const writers = Array.from({ length: 8 }, (_, i) => `writer ${i}`);
    // A writer that meets another may be told to try again.
    const write = async (body: string): Promise<boolean> => {
      for (;;) {
        const first = await state.putIfAbsent('raced', bytes(body)).catch(() => undefined);
        if (first !== undefined) return first;
      }
    };
    const first = await Promise.all(writers.map(write));
    expect(first.filter(Boolean)).toHaveLength(1);
    const winner = writers[first.indexOf(true)];
    expect(textOf(await state.get('raced'))).toBe(winner);
    expect(await state.putIfAbsent('raced', bytes('late'))).toBe(false);
    expect(textOf(await state.get('raced'))).toBe(winner);
    const file = join(world.folder, 'whole');
    await writeFile(file, 'from a file');
    expect(await state.putIfAbsent('raced', { file })).toBe(false);
    expect(textOf(await state.get('raced'))).toBe(winner);
    await state.delete(['raced']);
    expect(await state.putIfAbsent('raced', { file })).toBe(true);
    expect(textOf(await state.get('raced'))).toBe('from a file');
  });

  test('lists a prefix in byte order, and forgets what was deleted', async () => {
    const keys = inByteOrder.map((name) => `list/${name}`);
    for (const key of [...keys].reverse()) await state.put(key, bytes(key));
    await state.put('lists', bytes('another'));
    expect(await state.list('list/')).toEqual(keys);
    expect(await state.list('list/a')).toEqual(['list/a-', 'list/a/b', 'list/a0']);
    expect(await state.list('none/')).toEqual([]);
    await state.delete(['list/a-', 'list/ä', 'list/never']);
    await state.delete([]);
    expect(await state.list('list/')).toEqual(
      keys.filter((key) => key !== 'list/a-' && key !== 'list/ä'),
    );
    expect(await state.get('list/a-')).toBeUndefined();
  });

  test('lists and deletes more than one page holds', async () => {
    const keys = Array.from({ length: 1_100 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => state.put(key, bytes('x'))));
    }
    expect(await state.list('many/')).toEqual(keys);
    await state.delete(keys.slice(1));
    expect(await state.list('many/')).toEqual(keys.slice(0, 1));
  });

  test('moves files whole, whatever their size', async () => {
    for (const size of [0, 1, 6 * 1_024 * 1_024]) {
      const body = Buffer.alloc(size, 'abcdefg');
      const file = join(world.folder, `file-${size}`);
      await writeFile(file, body);
      await state.upload(`files/${size}`, file);
      expect((await state.get(`files/${size}`))?.length).toBe(size);
      await state.download(`files/${size}`, `${file}-back`);
      expect((await readFile(`${file}-back`)).equals(body)).toBe(true);
    }
    await expect(state.download('files/none', join(world.folder, 'none'))).rejects.toThrow();
  });

  test('copies an object as it is at that moment, over what is there', async () => {
    const names = ['plain', 'a b', 'ä/😀', 'retain=7/date=2026-01-01', '50%2F+&?#'];
    for (const name of names) {
      await state.put(`from/${name}`, bytes(name));
      expect(await state.copy(`from/${name}`, `to/${name}`)).toBe(true);
      expect(textOf(await state.get(`to/${name}`))).toBe(name);
      expect(textOf(await state.get(`from/${name}`))).toBe(name);
    }
    await state.put('from/plain', bytes('later'));
    expect(textOf(await state.get('to/plain'))).toBe('plain');
    expect(await state.copy('from/plain', 'to/plain')).toBe(true);
    expect(textOf(await state.get('to/plain'))).toBe('later');
    expect(await state.copy('from/none', 'to/plain')).toBe(false);
    expect(await state.copy('from/none', 'to/none')).toBe(false);
    expect(textOf(await state.get('to/plain'))).toBe('later');
    expect(await state.get('to/none')).toBeUndefined();
  });

  test('writes over what a tag stands for, and over nothing else', async () => {
    const file = join(world.folder, 'replacement');
    await writeFile(file, 'from a file');
    expect(await state.tag('tagged')).toBeUndefined();
    expect(await state.replace('tagged', '"any"', bytes('never'))).toBe(false);
    expect(await state.get('tagged')).toBeUndefined();
    await state.put('tagged', bytes('first'));
    const first = (await state.tag('tagged')) ?? '';
    const raced = await Promise.all(
      [0, 1, 2, 3].map((writer) => state.replace('tagged', first, bytes(`writer ${writer}`))),
    );
    expect(raced.filter(Boolean)).toHaveLength(1);
    expect(textOf(await state.get('tagged'))).toBe(`writer ${raced.indexOf(true)}`);
    const second = (await state.tag('tagged')) ?? '';
    expect(await state.replace('tagged', second, { file })).toBe(true);
    expect(textOf(await state.get('tagged'))).toBe('from a file');
    await state.delete(['tagged']);
    expect(await state.replace('tagged', second, bytes('too late'))).toBe(false);
    expect(await state.get('tagged')).toBeUndefined();
  });
});

stores('the snapshot store $name', ({ make }) => {
  let world: ObjectStores;
  let snapshots: SnapshotStore;
  beforeAll(async () => {
    world = await make();
    snapshots = world.snapshots;
  });
  afterAll(() => world.close());

  const errorOf = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  test('lists objects in byte order of their keys, with size, time and ETag', async () => {
    const before = Date.now();
    for (const name of [...inByteOrder].reverse()) await world.write(`list/${name}`, bytes(name));
    const found = await snapshots.list(bucket, 'list/');
    expect(found.map(({ key }) => key)).toEqual(inByteOrder.map((name) => `list/${name}`));
    for (const { key, size, lastModified } of found) {
      expect(size).toBe(bytes(key).length - 'list/'.length);
      // Times are whole seconds.
      expect(lastModified).toBeGreaterThan(before - 1_000);
      expect(lastModified).toBeLessThanOrEqual(Date.now());
      expect(lastModified % 1_000).toBe(0);
    }
    expect(await snapshots.list(bucket, 'none/')).toEqual([]);
  });

  test('gives the same bytes the same ETag, and others another', async () => {
    await world.write('etags/a', bytes('same'));
    await world.write('etags/b', bytes('same'));
    await world.write('etags/c', bytes('other'));
    const [a, b, c] = await snapshots.list(bucket, 'etags/');
    expect(a?.etag).toBe(b?.etag);
    expect(a?.etag).not.toBe(c?.etag);
    expect(a?.etag).toMatch(/^".+"$/);
  });

  test('reads the object that was pinned, and no other', async () => {
    await world.write('read/a', bytes('first'));
    const [pinned] = await snapshots.list(bucket, 'read/');
    if (!pinned) throw new Error('Nothing was listed.');
    expect(await readAll(await snapshots.read(bucket, pinned))).toBe('first');
    const middle = { from: 1, to: 3 };
    expect(await readAll(await snapshots.read(bucket, pinned, middle))).toBe('irs');
    await world.write('read/a', bytes('second'));
    const changed = await errorOf(snapshots.read(bucket, pinned));
    expect(await errorOf(snapshots.read(bucket, pinned, middle))).toEqual(changed);
    expect(changed).toBeInstanceOf(SnapshotError);
    expect(changed).toMatchObject({ code: 'snapshot-changed' });
    const gone = await errorOf(snapshots.read(bucket, { ...pinned, key: 'read/gone' }));
    expect(gone).toMatchObject({ code: 'snapshot-changed' });
    await world.write('read/a', bytes('first'));
    expect(await readAll(await snapshots.read(bucket, pinned))).toBe('first');
  });
});

test('the snapshot store on S3 names a bucket that does not exist', async () => {
  const world = await onS3();
  try {
    const error = await world.snapshots.list('no-such-bucket', 'a/').catch((reason) => reason);
    expect(error).toBeInstanceOf(SnapshotError);
    expect(error).toMatchObject({ code: 'bucket-missing' });
    expect(error.message).toContain('no-such-bucket');
    const other = await world.snapshots.list('state', '').catch((reason) => reason);
    expect(other).toMatchObject({ code: 'bucket-not-named' });
  } finally {
    await world.close();
  }
});
