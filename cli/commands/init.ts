/** `init`: asks a few questions and writes a first destination and sync. */
import { writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { z } from 'zod';
import { buckets } from '../../local/aws/identity.ts';
import { Authentication, authenticationTypes } from '../../shared/contracts/authentication.ts';
import { CsvDialect } from '../../shared/contracts/sync.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { csvGiven, readingOf } from '../csv-options.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import { isInteractive, type Questions, questionsOf } from '../questions.ts';
import type { Session } from '../session.ts';
import { columnsOf } from '../table-file.ts';
import { fillTemplate, listTemplates, templateSteps } from '../templates.ts';
import { schemaFile } from '../yaml/schema.ts';
import { fieldOf, idOf, type StarterAnswers, starterYaml } from '../yaml/starter.ts';
import { variableOf } from '../yaml/write.ts';

const embeddedBucket = buckets.snapshots;

const list = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .transform((names) => names.filter((name) => name !== ''))
  .optional();

const Given = z.object({
  args: z.tuple([z.string().default('audience-mirror.yaml')]),
  name: z.string().optional(),
  baseUrl: z.string().optional(),
  path: z.string().optional(),
  authentication: z.string().optional(),
  userName: z.string().default('me'),
  header: z.string().default('x-api-key'),
  tokenUrl: z.string().default('https://…'),
  clientId: z.string().default('…'),
  audience: z.string().optional(),
  bucket: z.string().default(embeddedBucket),
  prefix: z.string().optional(),
  rows: z.string().optional(),
  ...csvGiven,
  columns: list,
  key: list,
  hash: list,
  template: z.string().optional(),
  templates: z.boolean().default(false),
  fill: z.array(z.string()).default([]),
  force: z.boolean().default(false),
  yes: z.boolean().default(false),
});
type Given = z.infer<typeof Given>;

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const options = readGiven(Given, given);
  if (options.templates) return listTemplates(session);
  const file = session.absolute(options.args[0]);
  const schema = relative(dirname(file), schemaFile);
  const shown = session.shown(file);
  const { text, next } = await asking(session, options, async (questions) => {
    if (options.template !== undefined) {
      const begun = await fillTemplate(options.template, options, schema, questions);
      return { text: begun.text, next: templateSteps(begun, shown) };
    }
    const answers = await collect(session, options, schema, questions);
    return { text: starterYaml(answers), next: nextSteps(answers, shown, options.rows) };
  });
  await write(session, file, text, options.force);
  await session.result({ file: shown }, () => `Wrote ${shown}.`);
  await session.terminal.note(next);
  return exit.done;
}

/** Asks for what the flags leave open where somebody is there to answer; else they must say it. */
async function asking<T>(
  session: Session,
  given: Given,
  then: (questions: Questions | undefined) => Promise<T>,
): Promise<T> {
  const questions = !given.yes && isInteractive(session.world) ? questionsOf(session) : undefined;
  try {
    return await then(questions);
  } finally {
    questions?.close();
  }
}

async function collect(
  session: Session,
  given: Given,
  schema: string,
  questions: Questions | undefined,
): Promise<StarterAnswers> {
  const answer = answererOf(questions);
  const reading = readingOf(given);
  const fromFile = given.rows === undefined ? [] : await columnsOf(session, given.rows, reading);
  const name = await answer(
    given.name,
    '--name',
    'What is the platform called?',
    'My platform',
    named,
  );
  const baseUrl = await answer(
    given.baseUrl,
    '--base-url',
    'Under which URL is its API?',
    '',
    (text) =>
      URL.canParse(text) ? undefined : 'That is no URL, such as https://api.example.com/v1.',
  );
  const path = await answer(
    given.path,
    '--path',
    'Which path takes members?',
    '/audiences/{{connection.audienceId}}/members',
    (text) => (text.startsWith('/') ? undefined : 'A path begins with a slash.'),
  );
  const types = Object.keys(authenticationTypes).join(', ');
  const type = await answer(
    given.authentication,
    '--authentication',
    `How do requests prove who sends them (${types})?`,
    'none',
    (text) => (Object.hasOwn(authenticationTypes, text) ? undefined : `Use one of ${types}.`),
  );
  const audience = await answer(
    given.audience,
    '--audience',
    'What is the id of the audience there?',
    'my-audience',
    named,
  );
  const columns = await columnsFor(answer, given, fromFile);
  return {
    name,
    baseUrl,
    path,
    authentication: authenticationOf(type, given),
    audience,
    bucket: given.bucket,
    prefix: given.prefix ?? `exports/${idOf(audience)}/`,
    csv: differences(reading.csv),
    ...columns,
    schema,
  };
}

/** What a sync would not read without a word. */
function differences(csv: CsvDialect): Partial<CsvDialect> {
  const usual = new Map<string, unknown>(Object.entries(CsvDialect.parse({})));
  return Object.fromEntries(
    Object.entries(csv).filter(([name, value]) => String(usual.get(name) ?? '') !== String(value)),
  );
}

/** What is sent of the export, what names a member, and what is hashed. */
async function columnsFor(
  answer: Answer,
  given: Given,
  fromFile: readonly string[],
): Promise<Pick<StarterAnswers, 'columns' | 'key' | 'hash'>> {
  const columns = await names(
    answer,
    given.columns,
    '--columns',
    'Which columns of the export are sent (with commas between)?',
    fromFile,
  );
  const key = await names(
    answer,
    given.key,
    '--key',
    'Which of them name a member?',
    columns.slice(0, 1),
    columns,
  );
  const hash = await names(
    answer,
    given.hash,
    '--hash',
    'Which are hashed, by SHA-256 (none, or with commas between)?',
    [],
    columns,
  );
  return { columns, key, hash };
}

const named = (text: string) =>
  idOf(text) === '' ? 'Use a name with at least one letter or digit.' : undefined;

/** What is wrong with an answer. */
type Misfit = (answer: string) => string | undefined;
type Answer = (
  given: string | undefined,
  flag: string,
  question: string,
  usual: string,
  misfit: Misfit,
) => Promise<string>;

const answererOf =
  (questions: Questions | undefined): Answer =>
  async (given, flag, question, usual, misfit) => {
    if (given === undefined && questions) return questions.ask(question, usual, misfit);
    const text = given ?? usual;
    const wrong = misfit(text);
    if (wrong === undefined) return text;
    throw new ConfigurationError('answer-missing', `${wrong} Say it with ${flag}.`);
  };

/** A list of columns; `among`: those there are. */
async function names(
  answer: Answer,
  given: readonly string[] | undefined,
  flag: string,
  question: string,
  usual: readonly string[],
  among?: readonly string[],
): Promise<string[]> {
  const split = (text: string) =>
    text === 'none'
      ? []
      : text
          .split(',')
          .map((each) => each.trim())
          .filter((each) => each !== '');
  const misfit = (text: string) => {
    const stranger = among && split(text).find((name) => !among.includes(name));
    if (stranger !== undefined)
      return `There is no column "${stranger}" among ${among?.join(', ')}.`;
    const isOptional = flag === '--hash';
    if (split(text).length === 0 && !isOptional) return 'Name at least one column.';
    const fields = split(text).map(fieldOf);
    return new Set(fields).size === fields.length ? undefined : 'Two of the columns have one name.';
  };
  return split(await answer(given?.join(', '), flag, question, usual.join(', '), misfit));
}

/** What a file of each type begins with, from the flags or to be filled in. */
const begun = {
  none: () => ({}),
  basic: ({ userName }) => ({ userName }),
  bearer: () => ({}),
  apiKey: ({ header }) => ({ header }),
  oauth2: ({ tokenUrl, clientId }) => ({ tokenUrl, clientId }),
} satisfies Record<Authentication['type'], (given: Given) => object>;

function authenticationOf(type: string, given: Given): Authentication {
  const own = Object.entries(begun).find(([name]) => name === type)?.[1](given);
  return Authentication.parse({ type, ...own });
}

async function write(session: Session, file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const name = session.shown(file);
    throw exists
      ? new ConfigurationError(
          'file-exists',
          `There is a file ${name} already. Name another, or write over it with --force.`,
        )
      : new ConfigurationError(
          'file-unwritable',
          `The file ${name} cannot be written. Check that its folder exists and is yours.`,
        );
  }
}

function nextSteps(answers: StarterAnswers, file: string, rows = 'FILE'): string {
  const { name, audience, authentication, bucket } = answers;
  const field = authenticationTypes[authentication.type].secret;
  return [
    'Next:',
    ...(field ? [`  export ${variableOf(idOf(name), field)}=…   # the secret it names`] : []),
    `  audience-mirror validate -f ${file}`,
    ...(bucket === embeddedBucket ? [`  audience-mirror snapshot ${rows} -f ${file}`] : []),
    `  audience-mirror apply -f ${file}`,
    `  audience-mirror preview ${idOf(audience)}`,
  ].join('\n');
}
