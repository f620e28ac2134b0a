/** Files that begin with a platform's preset: what is known is filled in, the rest is said in words at its place. */
import presets from '../docs/presets.json' with { type: 'json' };
import { filledIn, Preset, placeholders } from '../shared/contracts/preset.ts';
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import { type ExitCode, exit } from './exit.ts';
import type { Questions } from './questions.ts';
import type { Session } from './session.ts';
import { tableOf } from './table.ts';
import { schemaLine, variableOf } from './yaml/write.ts';

interface Given {
  readonly fill: readonly string[];
  readonly bucket: string;
  readonly prefix?: string | undefined;
}

interface Begun {
  readonly text: string;
  readonly preset: Preset;
  /** Names that still stand for something. */
  readonly left: readonly string[];
}

const all = (): Preset[] => presets.map((each) => Preset.parse(each));

export async function listTemplates(session: Session): Promise<ExitCode> {
  const found = all();
  await session.result(
    found.map(({ id, name, people }) => ({ id, name, people })),
    () =>
      tableOf(
        session.terminal,
        ['template', 'platform', 'people by'],
        found.map(({ id, name, people }) => [id, name, people]),
      ),
  );
  return exit.done;
}

/** @throws ConfigurationError `template-unknown`, `fill-invalid` */
export async function fillTemplate(
  id: string,
  given: Given,
  schema: string,
  questions: Questions | undefined,
): Promise<Begun> {
  const found = all();
  const preset = found.find((each) => each.id === id);
  if (!preset) {
    throw new ConfigurationError(
      'template-unknown',
      `There is no template "${id}". Use one of ${found.map((each) => each.id).join(', ')}.`,
    );
  }
  const values = valuesOf(preset, given);
  for (const [name, { about }] of Object.entries(preset.fill)) {
    if (values.has(name) || !questions) continue;
    const answer = await questions.ask(`${name}: ${about}?`, '');
    if (answer !== '') values.set(name, answer);
  }
  const body = filledIn(preset.yaml, values);
  const text = `${schemaLine(schema)}\n${preface(preset, values)}${body}`;
  return { text, preset, left: placeholders(body) };
}

function valuesOf({ id, fill }: Preset, given: Given): Map<string, string> {
  const values = new Map([
    ['BUCKET', given.bucket],
    ['PREFIX', given.prefix ?? `exports/${id}/`],
  ]);
  for (const each of given.fill) {
    const [name = '', value] = each.split(/=([\s\S]*)/);
    if (!Object.hasOwn(fill, name) || !value) {
      throw new ConfigurationError(
        'fill-invalid',
        `--fill takes NAME=value, with a name that the template "${id}" asks for: ${Object.keys(fill).join(', ')}.`,
      );
    }
    // In single quotes of YAML, and inside a text of a template alike.
    if (/['"\\\p{Cc}]/u.test(value)) {
      throw new ConfigurationError(
        'fill-invalid',
        `The value of ${name} holds quotes, a backslash or control characters. Leave it out, and write it into the file.`,
      );
    }
    values.set(name, value);
  }
  return values;
}

/** What a person has to know first, and what is still to be filled in, as comments. */
function preface(preset: Preset, values: ReadonlyMap<string, string>): string {
  const { name, documentation, missing, unverified, never, fill } = preset;
  const open = Object.entries(fill).filter(([each]) => !values.has(each));
  return [
    `${name}.`,
    ...documentation.map(({ title, date }) => `After: ${title} (${date}).`),
    ...missing.map((each) => `To know: ${each}`),
    ...unverified.map((each) => `Not verified: ${each}`),
    ...never.map(({ call, because }) => `Never: ${call}: ${because}`),
    ...open.map(([each, { about, example }]) => `Fill in <${each}>: ${about}, such as ${example}.`),
  ]
    .map((each) => `# ${each}\n`)
    .join('');
}

export function templateSteps({ preset, left }: Begun, file: string): string {
  const { destination, secrets, fill } = preset;
  const needed = secrets.map(
    (field) => `  export ${variableOf(String(destination['id']), field)}=…   # the secret it names`,
  );
  return [
    'Next:',
    ...left.map((name) => `  fill in <${name}>: ${fill[name]?.about}`),
    ...needed,
    `  audience-mirror validate -f ${file}`,
    `  audience-mirror apply -f ${file}`,
  ].join('\n');
}
