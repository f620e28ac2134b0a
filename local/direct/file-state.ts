import { stat } from 'node:fs/promises';

/**
 * Another one whenever the file may have been written: the inode's change time is nobody's to set.
 * @throws where there is no such file
 */
export async function fileState(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join('-');
}
