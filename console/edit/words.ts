/** Settings as a person is told of them. */
import { exact } from '../words/numbers.ts';
import { say } from '../words/text.ts';
import { isSettings, type Json, stepsOf } from './pointer.ts';

/** `actions › insert › body` */
export const placeName = (pointer: string): string =>
  pointer === '' ? say('edit.whole') : stepsOf(pointer).join(' › ');

const longest = 400;

export function valueText(value: Json | undefined): string {
  if (value === undefined) return say('edit.absent');
  if (typeof value === 'number') return exact(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 1);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

export const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || (isSettings(value) && Object.keys(value).length === 0);
