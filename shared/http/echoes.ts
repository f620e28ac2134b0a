/**
 * Many a platform repeats what it was sent, credentials too, and what it says is kept and shown: so the values that a request bore
 * are taken out of its answer before anybody reads it.
 */
import type { HttpAnswer } from '../contracts/http.ts';
import { masked } from '../domain/platform/masked-headers.ts';

/** Shorter ones are found in any text, and are no secrets. */
const leastLength = 4;

/** As it stands plainly, in JSON and in a URL; each as bytes, one a character. */
const formsOf = (value: string): string[] => {
  const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)];
  return [...new Set(forms)].map((form) => Buffer.from(form).toString('latin1'));
};

/** `secrets`: what authentication put into the request, or made it of. */
export function withoutEchoes(answer: HttpAnswer, secrets: readonly string[]): HttpAnswer {
  if (answer.kind !== 'answer') return answer;
  const forms = secrets
    .filter(({ length }) => length >= leastLength)
    .flatMap(formsOf)
    .sort((a, b) => b.length - a.length);
  const { body, headers } = answer;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isEchoed = forms.some((form) => bytes.includes(form, 0, 'latin1'));
  return {
    ...answer,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, hidden(value, forms, masked)]),
    ),
    ...(isEchoed && { body: Buffer.from(hidden(bytes.toString('latin1'), forms, dots), 'latin1') }),
  };
}

const dots = Buffer.from(masked).toString('latin1');

const hidden = (text: string, forms: readonly string[], mask: string): string =>
  forms.reduce((left, form) => left.replaceAll(form, () => mask), text);
