/** What may stand at a place of a template, for completion: globals, connection values, functions, fields and columns. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { say } from '../words/text.ts';

export interface Vocabulary {
  readonly fields: readonly string[];
  readonly connection: readonly string[];
  readonly functions: readonly { readonly name: string; readonly gives: string }[];
}

export const noVocabulary: Vocabulary = { fields: [], connection: [], functions: [] };

const always = ['audienceId', 'audienceName', 'syncId'];
const plain = /^[\p{L}_][\p{L}\p{N}_]*$/u;

export function completions(
  words: Vocabulary,
  context: CompletionContext,
): CompletionResult | null {
  const connection = context.matchBefore(/\$\$\.connection\.\w*/);
  if (connection) {
    const names = [...new Set([...always, ...words.connection])];
    return {
      from: connection.from + '$$.connection.'.length,
      options: names.map((label) => ({ label, type: 'property' })),
    };
  }
  const dollar = context.matchBefore(/\$\$?\.?\w*/);
  if (dollar) return { from: dollar.from, options: [...globals(), ...functionsOf(words)] };
  const word = context.matchBefore(/[\p{L}_`][\p{L}\p{N}_]*/u);
  if (!word && !context.explicit) return null;
  const options = [...words.fields.map(fieldOf), ...globals(), ...functionsOf(words)];
  return { from: word?.from ?? context.pos, options };
}

const globals = (): Completion[] => [
  { label: '$$.records', detail: say('edit.records'), type: 'keyword', boost: 2 },
  { label: '$$.connection', detail: say('edit.connection'), type: 'keyword', boost: 1 },
];

const functionsOf = ({ functions }: Vocabulary): Completion[] =>
  functions.map(({ name, gives }) => ({
    label: name,
    detail: gives,
    apply: `${name}(`,
    type: 'function',
  }));

const fieldOf = (name: string): Completion => ({
  label: name,
  ...(!plain.test(name) && { apply: `\`${name}\`` }),
  detail: say('edit.field'),
  type: 'variable',
  boost: 3,
});
