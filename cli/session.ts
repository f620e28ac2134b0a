/** What a command works with: the terminal, the files it is given, and the system it talks to. */

import { isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { usualFolder } from '../local/aws/identity.ts';
import type { Api } from './api/client.ts';
import { connect, isEmbedded } from './api/connect.ts';
import { linkToConsole } from './api/console-link.ts';
import type { SystemOptions } from './api/system-options.ts';
import { type Terminal, terminalOf } from './terminal.ts';
import type { World } from './world.ts';

/** Options that every command takes. */
export const CommonOptions = z.object({
  folder: z.string().min(1).optional(),
  stack: z.string().min(1).optional(),
  endpoint: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  json: z.boolean().default(false),
});
type CommonOptions = z.infer<typeof CommonOptions>;

export interface Session {
  readonly world: World;
  readonly terminal: Terminal;
  /** Results are printed as JSON. */
  readonly json: boolean;
  /** The embedded system is meant, and `folder` is its own. */
  readonly isEmbedded: boolean;
  readonly folder: string;
  /** Absolute, from the folder the program was started in. */
  absolute(path: string): string;
  /** As short as a person wants to read it. */
  shown(path: string): string;
  /** Made once. */
  api(): Promise<Api>;
  /** Where the console is. */
  consoleLink(): Promise<string>;
  /** A result: as JSON, or as the text that says it to a person. */
  result(data: unknown, text: () => string): Promise<void>;
}

export function sessionOf(world: World, { json, ...options }: CommonOptions): Session {
  const terminal = terminalOf(world);
  const system = systemOptionsOf(world, options);
  const { folder } = system;
  let connected: Promise<Api> | undefined;
  const shown = (path: string) => {
    const short = relative(world.cwd, path);
    return short !== '' && !short.startsWith('..') ? short : path;
  };
  return {
    world,
    terminal,
    json,
    isEmbedded: isEmbedded(system),
    folder,
    absolute: (path) => (isAbsolute(path) ? path : join(world.cwd, path)),
    shown,
    api() {
      connected ??= connect(system, shown);
      return connected;
    },
    consoleLink: () => linkToConsole(system, shown),
    result: (data, text) => terminal.print(json ? JSON.stringify(data, null, 2) : text()),
  };
}

/** An option goes before its environment variable, and naming one system before the others' variables. */
function systemOptionsOf(
  { env, cwd }: World,
  { folder, stack, endpoint, region }: Omit<CommonOptions, 'json'>,
): SystemOptions {
  const isNamed = folder !== undefined || stack !== undefined || endpoint !== undefined;
  const usual = (name: string) => (isNamed ? undefined : env[name] || undefined);
  return {
    folder: resolve(cwd, folder ?? (env['AUDIENCE_MIRROR_FOLDER'] || usualFolder)),
    stack: stack ?? usual('AUDIENCE_MIRROR_STACK'),
    endpoint: endpoint ?? usual('AUDIENCE_MIRROR_ENDPOINT'),
    region,
    token: env['AUDIENCE_MIRROR_TOKEN'] || undefined,
  };
}
