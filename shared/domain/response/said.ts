/**
 * What the platform said, for the person who has to mend it: the sentence of its answer, without persons, beside the
 * request's method and URL.
 */
import type { Fault } from '../words/problem.ts';
import type { Answer } from './document.ts';

/** Characters of a body that are looked at: the sentence stands at its beginning. */
const maxRead = 16_384;
const maxNodes = 2_000;
const maxSentences = 3;

/** Where platforms put their sentence; what is no text or number there is gone through in turn. */
const tellingNames =
  /^(error|errors|message|messages|msg|detail|details|title|description|reason|code|status_message|error_?(code|description|message|msg|summary|user_title|user_msg))$/i;

/** The answer's own words, not redacted: the texts under telling names, else all of it; empty where it has none. */
export function wordsOf({ body }: Pick<Answer, 'body'>): string {
  const text = new TextDecoder().decode(body.subarray(0, maxRead)).trim();
  const json = parsed(text);
  if (typeof json === 'object' && json !== null) {
    const sentences = sentencesOf(json);
    if (sentences.length > 0) return sentences.join('; ');
  }
  return text.startsWith('<') ? withoutTags(text) : text;
}

/** The first few, in order, each once. */
function sentencesOf(root: object): string[] {
  const found = new Set<string>();
  let left = maxNodes;
  const visit = (value: unknown, isTelling: boolean): void => {
    left -= 1;
    if (left < 0 || found.size >= maxSentences) return;
    if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        visit(each, Array.isArray(value) ? isTelling : tellingNames.test(name));
      }
    } else if (isTelling && (typeof value === 'string' || typeof value === 'number')) {
      if (value !== '') found.add(String(value));
    }
  };
  visit(root, false);
  return [...found];
}

const withoutTags = (html: string): string =>
  html
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Asked {
  readonly method: string;
  readonly url: string;
}

/** A query may hold what is nobody's business. Braces are ours: they name the field that stands there. */
export const placeOf = ({ method, url }: Asked): string => {
  const at = URL.parse(url);
  const path = at?.pathname.replaceAll('%7B', '{').replaceAll('%7D', '}');
  return `${method} ${at ? `${at.origin}${path}` : 'the URL'}`;
};

/** `status` 0: there was no answer. `words`: redacted. */
export function tell({ code, reason }: Fault, asked: Asked, status: number, words: string): Fault {
  const place = placeOf(asked);
  if (status === 0) return { code, reason: `${reason} The request was ${place}.` };
  const said = words === '' ? 'without a word' : `“${words}”`;
  return {
    code,
    reason: `${reason} ${place} answered ${status}: ${said}.`.replace(': without', ' without'),
  };
}
