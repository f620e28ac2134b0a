import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { Bucket, code, openS3 } from './s3-world.ts';

const { client, get, close } = await openS3();
afterAll(close);

const parts = ['a', 'b', '..', '.', '%', '%2F', ' ', '+', 'é', '\uffee', '😀', '&<'];
const key = fc
  .array(fc.oneof(fc.constantFrom('a', '/'), fc.constantFrom(...parts)), {
    minLength: 1,
    maxLength: 5,
  })
  .map((some) => some.join(''));
/** The start of one of the keys, or all of it. */
const start = fc.tuple(fc.nat(), fc.constantFrom(0, 0, 1, 2, 9)).map(
  ([which, length]) =>
    (keys: string[]) =>
      [...(keys[which % keys.length] ?? '')].slice(0, length).join(''),
);
const question = fc.record({
  prefix: start,
  startAfter: start,
  Delimiter: fc.constantFrom('', '/', '/', 'a', '..'),
  MaxKeys: fc.integer({ min: 1, max: 5 }),
});

type Asked = { Prefix: string; Delimiter: string; StartAfter: string; MaxKeys: number };

/** What a listing holds, in order: keys, and common prefixes where `Delimiter` occurs after `Prefix`. */
function model(keys: string[], { Prefix, Delimiter, StartAfter }: Asked) {
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const entries = keys
    .filter((key) => key.startsWith(Prefix) && order(key, StartAfter) > 0)
    .sort(order)
    .map((key) => {
      const end = Delimiter === '' ? -1 : key.indexOf(Delimiter, Prefix.length);
      return end < 0 ? `key ${key}` : `prefix ${key.slice(0, end + Delimiter.length)}`;
    });
  return [...new Set(entries)];
}

const decoded = (listed = '') => decodeURIComponent(listed.replaceAll('+', ' '));

async function pages(bucket: string, { MaxKeys, ...filter }: Asked): Promise<string[][]> {
  const all: string[][] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        EncodingType: 'url',
        MaxKeys,
        ...filter,
        ContinuationToken: token,
      }),
    );
    const keys = (page.Contents ?? []).map(({ Key }) => `key ${decoded(Key)}`);
    const prefixes = (page.CommonPrefixes ?? []).map((each) => `prefix ${decoded(each.Prefix)}`);
    expect(page.KeyCount).toBe(keys.length + prefixes.length);
    all.push([...keys, ...prefixes]);
    token = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(token !== undefined);
  } while (token !== undefined);
  return all;
}

/** A page shows its keys first, then its common prefixes. */
function modelPages(entries: string[], size: number): string[][] {
  const count = Math.max(1, Math.ceil(entries.length / size));
  return Array.from({ length: count }, (_, at) => {
    const page = entries.slice(at * size, (at + 1) * size);
    return [
      ...page.filter((e) => e.startsWith('key')),
      ...page.filter((e) => !e.startsWith('key')),
    ];
  });
}

test('a listing of any keys equals the sorted model, page by page', async () => {
  let bucket = 0;
  const keySet = fc.uniqueArray(key, { minLength: 1, maxLength: 14 });
  const questions = fc.array(question, { minLength: 4, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(keySet, questions, async (keys, asked) => {
      bucket += 1;
      const name = `listing-${bucket}`;
      await client.send(new CreateBucketCommand({ Bucket: name }));
      const store = (Key: string) =>
        client.send(new PutObjectCommand({ Bucket: name, Key, Body: Key }));
      const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: name, Key }));
      await Promise.all([...keys, 'gone', 'a/gone'].map(store));
      await Promise.all(['gone', 'a/gone'].map(remove));
      for (const { prefix, startAfter, ...more } of asked) {
        const ask = { ...more, Prefix: prefix(keys), StartAfter: startAfter(keys) };
        expect(await pages(name, ask)).toEqual(modelPages(model(keys, ask), ask.MaxKeys));
      }
      for (const key of keys) {
        expect(String((await get(key, { Bucket: name })).content)).toBe(key);
      }
    }),
    { numRuns: 25 },
  );
});

test('a listing refuses what it would otherwise misread', async () => {
  const list = (more: object) => code(client.send(new ListObjectsV2Command({ Bucket, ...more })));
  expect(await list({ ContinuationToken: 'made up' })).toBe('InvalidArgument');
  expect(await list({ MaxKeys: -1 })).toBe('InvalidArgument');
  expect(await list({ FetchOwner: true })).toBe('NotImplemented');
  const none = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
  expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
});
