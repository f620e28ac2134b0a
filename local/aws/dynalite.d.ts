declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** LevelDB's folder. @default in memory */
    readonly path?: string;
    /** How long a new table stays in CREATING. @default 500 */
    readonly createTableMs?: number;
  }

  export default function dynalite(options?: Options): Server;
}

declare module 'dynalite/db/index.js' {
  const db: {
    /** In bytes; what the largest item is measured with. */
    itemSize: (item: Readonly<Record<string, unknown>>) => number;
  };
  export default db;
}
