/** Opens an address in whatever browser this machine has; where there is none, the printed address is left. */
import { spawn } from 'node:child_process';

const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

export function openInBrowser(address: string): void {
  const [command, ...before] = openers[process.platform] ?? ['xdg-open'];
  const opened = spawn(command, [...before, address], { stdio: 'ignore', detached: true });
  opened.once('error', () => undefined);
  opened.unref();
}
