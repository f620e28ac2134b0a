/** A text with elements in its places. */
import { Fragment, type ReactNode } from 'react';
import { inSentence } from '../words/numbers.ts';
import { messageOf, type TextName } from '../words/text.ts';

interface WordsProps {
  readonly text: TextName;
  readonly values?: Readonly<Record<string, ReactNode>>;
}

export function Words({ text, values = {} }: WordsProps) {
  const parts = messageOf(text, values['n']).split(/\{(\w+)\}/);
  return parts.map((part, place) => {
    const value = place % 2 === 0 ? part : values[part];
    // biome-ignore lint/suspicious/noArrayIndexKey: a text's places do not move
    return <Fragment key={place}>{typeof value === 'number' ? inSentence(value) : value}</Fragment>;
  });
}
