/** How to reach a system, from what the command line and the environment say. */
import type { Api } from './client.ts';
import type { SystemOptions } from './system-options.ts';

export const isEmbedded = ({ stack, endpoint }: SystemOptions): boolean => !stack && !endpoint;

/** @throws ConfigurationError as the ways say */
export async function connect(
  options: SystemOptions,
  shown: (path: string) => string,
): Promise<Api> {
  if (isEmbedded(options)) {
    return (await import('./embedded.ts')).connectEmbedded(options.folder, shown);
  }
  return (await import('./deployed.ts')).connectDeployed(options);
}
