/** S3's XML: written with escaping, read just well enough for the two request bodies it accepts. */

/** Child elements by name; an array repeats its element. */
export interface Elements {
  readonly [name: string]: string | number | boolean | Elements | readonly Elements[];
}

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Control characters go as references, as S3 sends them: not XML 1.0, so list with `encoding-type=url`. */
function escaped(text: string): string {
  return text.replace(/[&<>"\p{Cc}\uFFFE\uFFFF]/gu, (c) => NAMED[c] ?? `&#${c.charCodeAt(0)};`);
}

function element(name: string, content: Elements[string], attributes = ''): string {
  if (Array.isArray(content)) return content.map((each) => element(name, each)).join('');
  const inner =
    typeof content === 'object'
      ? Object.entries(content)
          .map(([child, value]) => element(child, value))
          .join('')
      : escaped(String(content));
  return `<${name}${attributes}>${inner}</${name}>`;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A whole answer in S3's namespace. */
export function xmlAnswer(root: string, content: Elements): string {
  return DECLARATION + element(root, content, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"');
}

/** S3's error documents carry no namespace. */
export function xmlError(content: Elements): string {
  return DECLARATION + element('Error', content);
}

/** The raw content of every element of this name, at any depth; an element inside itself is not expected. */
export function elementsNamed(xml: string, name: string): string[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>(.*?)</(?:\\w+:)?${name}\\s*>`, 'gs');
  return Array.from(xml.matchAll(pattern), (match) => match[1] ?? '');
}

const CHARACTERS: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** The text of the first element of this name, its references undone. */
export function textOf(xml: string, name: string): string | undefined {
  const [content] = elementsNamed(xml, name);
  return content?.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (whole, reference: string) => {
    if (!reference.startsWith('#')) return CHARACTERS[reference] ?? whole;
    const hexadecimal = /^#x/i.test(reference);
    return String.fromCodePoint(
      Number.parseInt(reference.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10),
    );
  });
}
