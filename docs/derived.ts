/**
 * What of the documents is made from the code: `npm run schema` writes it, and `test/docs/derived.test.ts` holds the files
 * to it, so that a change of what others rely on shows in the diff.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { Settings } from '../cdk/settings.ts';
import { readDescriptions } from '../cli/yaml/descriptions.ts';
import { schemaText } from '../cli/yaml/schema.ts';
import { Authentication, authenticationTypes } from '../shared/contracts/authentication.ts';
import { FieldSettings } from '../shared/contracts/destination.ts';
import { RunStatus, runStatuses } from '../shared/contracts/run-status.ts';
import { apiTypesText, statesText } from './api-types.ts';
import { openApiText } from './openapi-text.ts';
import { platformRows, presetsText } from './presets-text.ts';
import { problemsText } from './problems-text.ts';

/** By the file's name from the root of the project. */
export const derived: Readonly<Record<string, (written: string) => string>> = {
  'cli/schema/audience-mirror.schema.json': schemaText,
  'docs/problems.json': () => problemsText(runbook()),
  'docs/presets.json': presetsText,
  'docs/platforms.md': (written) =>
    withRows(
      written,
      ['template', 'platform', 'people by', 'after', 'what it does not do', 'not verified'],
      platformRows(),
    ),
  'docs/openapi.json': () => openApiText(runbook()),
  'console/api/schema.d.ts': () => apiTypesText(openApiText(runbook())),
  'console/fare/states.json': () => statesText(openApiText(runbook())),
  'docs/deploy.md': (written) => withRows(written, ['setting', 'default', 'meaning'], settings()),
  'docs/records.md': (written) =>
    withRows(written, ['setting', 'default', 'meaning'], fieldSettings()),
  'docs/cli.md': (written) =>
    withRows(written, ['status', 'a run ended so', 'exit code', 'log', 'metric', 'alert'], runs()),
  'docs/authentication.md': (written) =>
    withRows(
      written,
      ['`authentication.type`', 'settings', 'field of the secret', 'what is sent'],
      authentications(),
    ),
};

export const pathOf = (file: string): string =>
  fileURLToPath(new URL(`../${file}`, import.meta.url));

const runbook = () => readFileSync(pathOf('docs/runbook.md'), 'utf8');

/** The document with these rows in the table that has this head. */
function withRows(document: string, head: readonly string[], rows: readonly string[][]): string {
  const top = `${line(head)}\n|${'---|'.repeat(head.length)}\n`;
  const start = document.indexOf(top) + top.length;
  if (start < top.length) throw new Error(`No table begins with ${line(head)}`);
  const end = document.indexOf('\n\n', start);
  return document.slice(0, start) + rows.map(line).join('\n') + document.slice(end);
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const code = (text: string) => `\`${text}\``;

function settings(): string[][] {
  return Object.entries(Settings.shape).map(([name, field]) => {
    const { description, unset } = field.meta() ?? {};
    if (!description) throw new Error(`The setting ${name} has no description.`);
    return [code(name), String(unset ?? code(String(field.parse(undefined)))), description];
  });
}

/** Said as the contract's doc comments say it, which editors show too. */
function fieldSettings(): string[][] {
  const told = readDescriptions().get('FieldSettings')?.settings;
  return Object.entries(FieldSettings.shape).map(([name, field]) => {
    const text = told?.get(name)?.text;
    if (!text) throw new Error(`The setting ${name} of a field has no doc comment.`);
    const usual = field.parse(undefined);
    return [code(name), usual === undefined ? '' : code(String(usual)), text];
  });
}

function runs(): string[][] {
  return RunStatus.options.map((status) => {
    const { meaning, exitCode, logLevel, metric, alert } = runStatuses[status];
    return [
      code(status),
      meaning,
      String(exitCode),
      logLevel,
      metric === undefined ? '' : code(metric),
      alert === undefined ? '' : code(alert.kind),
    ];
  });
}

function authentications(): string[][] {
  return Authentication.options.map(({ shape: { type, ...shape } }) => {
    const settings = Object.entries<z.ZodType>(shape);
    const named = (isOptional: boolean) =>
      settings
        .filter(([, setting]) => setting.safeParse(undefined).success === isOptional)
        .map(([name]) => code(name))
        .join(', ');
    const { secret, sends } = authenticationTypes[type.value];
    const parts = [named(false), named(true)].filter((names) => names !== '');
    return [code(type.value), parts.join('; '), secret ? code(secret) : '', sends];
  });
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(derived)) {
    const written = readFileSync(pathOf(file), { encoding: 'utf8', flag: 'a+' });
    writeFileSync(pathOf(file), text(written));
  }
}
