/** Texts that a run, an alert or a list carries have an end: a table's item, an event and a mail have one too. */

/** Characters of any message. */
export const mostCharacters = 2_000;
/** Characters of its end that stay whatever stands before: there is the mend. */
const mostOfEnd = 500;

/** Of a text that is too long, its beginning and its end, with what is left out between them. */
export function capped(text: string, most: number = mostCharacters): string {
  if (text.length <= most) return text;
  const end = Math.min(mostOfEnd, Math.floor(most / 4));
  const begin = most - end - 50;
  const between = ` … (${text.length - begin - end} characters left out) … `;
  return `${text.slice(0, begin)}${between}${text.slice(text.length - end)}`.toWellFormed();
}

const mostNames = 10;
const mostOfName = 100;

/** Names of columns, fields and the like: ten, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map(quoted);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

export const quoted = (name: string): string =>
  JSON.stringify(name.length > mostOfName ? `${name.slice(0, mostOfName)}…` : name);

/** Ten sentences, and how many more there are. */
export function firstOf(sentences: readonly string[]): string {
  const shown = sentences.slice(0, mostNames).join(' ');
  const more = sentences.length - mostNames;
  return more > 0 ? `${shown} And ${more} more like these.` : shown;
}
