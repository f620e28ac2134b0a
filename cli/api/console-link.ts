/** Where the console is: on this machine a link that signs in, once; of a stack the address it is served at. */
import { z } from 'zod';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { isEmbedded } from './connect.ts';
import type { SystemOptions } from './system-options.ts';

const Link = z.object({ link: z.string() });

/** @throws ConfigurationError `console-missing`, and as connecting does */
export async function linkToConsole(
  options: SystemOptions,
  shown: (path: string) => string,
): Promise<string> {
  if (!isEmbedded(options)) return ofStack(options);
  const { provenEndpoint } = await import('./embedded.ts');
  const { url, token } = await provenEndpoint(options.folder, shown);
  const answer = await fetch(`${url}/console/link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { data } = Link.safeParse(answer.ok ? await answer.json() : undefined);
  if (data) return data.link;
  throw new ConfigurationError(
    'console-missing',
    'The console is not built here. Run npm run console, and ask once more.',
  );
}

async function ofStack(options: SystemOptions): Promise<string> {
  const { outputOf } = await import('./deployed.ts');
  const url = options.stack === undefined ? undefined : await outputOf(options, 'ConsoleUrl');
  if (url !== undefined) return url;
  throw new ConfigurationError(
    'console-missing',
    options.stack === undefined
      ? 'Of an endpoint it is not known where its console is. Name the stack with --stack.'
      : `The stack "${options.stack}" serves no console. Deploy it with the setting console, which needs apiJwt.`,
  );
}
