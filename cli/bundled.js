// Plain JavaScript, as `audience-mirror.js` is, which asks it what to start.
import { readFileSync, statSync } from 'node:fs';

/** The file to start, below the root: what `build.ts` made at install, or, where a source was changed since, the sources. */
export function entryOf(root) {
  try {
    const noted = JSON.parse(readFileSync(new URL('cli/dist/sources.json', root), 'utf8'));
    const isAsThen = ([name, size, time]) => {
      const now = statSync(new URL(name, root));
      return now.size === size && now.mtimeMs === time;
    };
    if (noted.length > 0 && noted.every(isAsThen)) return new URL('cli/dist/main.js', root);
  } catch {
    // Nothing was bundled, or what was is not whole.
  }
  return new URL('cli/main.ts', root);
}
