/**
 * What objects of mirrors are since people were taken out of them. Objects are written once but for this, and a pointer
 * says what its objects hold: beside one that was changed there is a list of what it may hold since. It is written
 * before the object, so that neither is ever without the other's word. A list that can't be read says nothing: then the object
 * is what its pointer says, or damaged.
 */
import { z } from 'zod';
import { erasedObject } from './contracts/layout.ts';
import { MirrorObject } from './contracts/mirror.ts';
import { PassingError } from './domain/words/errors.ts';
import type { StateStore } from './ports/objects.ts';

/** What an object of a mirror holds. */
const Content = MirrorObject.pick({ bytes: true, sha256: true, rows: true });
export type Content = z.infer<typeof Content>;
const Contents = z.array(Content);

function read(body: Uint8Array | undefined): Content[] {
  if (!body) return [];
  try {
    return Contents.parse(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return [];
  }
}

const written = (contents: readonly Content[]) =>
  new TextEncoder().encode(JSON.stringify(contents));

/** Whether these bytes are the object's: as it was written, or as somebody taken out of it left it. */
export async function isAsWritten(
  state: Pick<StateStore, 'get'>,
  object: MirrorObject,
  found: Pick<Content, 'bytes' | 'sha256'>,
): Promise<boolean> {
  const isSame = (each: Pick<Content, 'bytes' | 'sha256'>) =>
    each.bytes === found.bytes && each.sha256 === found.sha256;
  return isSame(object) || read(await state.get(erasedObject(object.location))).some(isSame);
}

/** Writers that meet try again. */
const maxTries = 10;

/** Before the object of a mirror is written anew. */
export async function noteErased(
  state: Pick<StateStore, 'get' | 'tag' | 'putIfAbsent' | 'replace'>,
  location: string,
  content: Content,
): Promise<void> {
  const name = erasedObject(location);
  for (let tries = 0; tries < maxTries; tries++) {
    const tag = await state.tag(name);
    if (tag === undefined) {
      if (await state.putIfAbsent(name, written([content]))) return;
      continue;
    }
    const known = read(await state.get(name));
    if (known.some(({ sha256 }) => sha256 === content.sha256)) return;
    if (await state.replace(name, tag, written([...known, content]))) return;
  }
  throw new PassingError('table-changes', `The object ${name} is written by many.`);
}
