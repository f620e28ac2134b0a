/** The texts of the console in English, by name; numbers in them choose the form and are written for sentences. */
import en from './en.json' with { type: 'json' };
import { inSentence } from './numbers.ts';

export type TextName = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;

const plural = new Intl.PluralRules('en');
const messages: Readonly<Record<string, string | Readonly<Record<string, string>>>> = en;

/** The message with its places, its form chosen by the value `n`. */
export function messageOf(name: TextName, n: unknown): string {
  const message = messages[name] ?? name;
  if (typeof message === 'string') return message;
  const form = typeof n === 'number' ? plural.select(n) : 'other';
  return (n === 0 ? message['zero'] : undefined) ?? message[form] ?? message['other'] ?? name;
}

export const say = (name: TextName, values: Values = {}): string =>
  messageOf(name, values['n']).replace(/\{(\w+)\}/g, (whole, place: string) => {
    const value = values[place];
    return value === undefined ? whole : typeof value === 'number' ? inSentence(value) : value;
  });

/** For words that the API tells and that may grow: the text of that name where there is one, else the word. */
export function sayOf(group: string, word: string): string {
  const message = messages[`${group}.${word}`];
  return typeof message === 'string' ? message : word;
}
