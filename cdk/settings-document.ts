/** The table of settings in docs/deploy.md, made from their definitions: `npm run schema` writes it, a test holds it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Settings } from './settings.ts';

const file = fileURLToPath(new URL('../docs/deploy.md', import.meta.url));
const head = '| setting | default | meaning |\n|---|---|---|\n';

/** The document as it stands, and as it should. */
export function settingsDocument(): { readonly written: string; readonly expected: string } {
  const written = readFileSync(file, 'utf8');
  const start = written.indexOf(head) + head.length;
  const end = written.indexOf('\n\n', start);
  return { written, expected: written.slice(0, start) + rows().join('\n') + written.slice(end) };
}

function rows(): string[] {
  return Object.entries(Settings.shape).map(([name, field]) => {
    const { description, unset } = field.meta() ?? {};
    if (!description) throw new Error(`The setting ${name} has no description.`);
    return `| \`${name}\` | ${unset ?? `\`${field.parse(undefined)}\``} | ${description} |`;
  });
}

if (import.meta.main) writeFileSync(file, settingsDocument().expected);
