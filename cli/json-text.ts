/** JSON made readable. Only white space is added: parsing it would round the numbers that it shows. */

/** Two spaces a level; a list or object without anything in it stays on its line. */
export function indented(json: string): string {
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  return json.replace(
    /"(?:[^"\\]|\\.)*"|\s+|[{[]\s*[}\]]|[{[]|[}\]]|,|:|[^\s"{}[\],:]+/g,
    (token) => {
      if (/^\s+$/.test(token)) return '';
      if (/^[{[]\s*[}\]]$/.test(token)) return token.replace(/\s+/, '');
      if (token === '{' || token === '[') {
        depth++;
        return token + line();
      }
      if (token === '}' || token === ']') {
        depth--;
        return line() + token;
      }
      if (token === ',') return `,${line()}`;
      return token === ':' ? ': ' : token;
    },
  );
}
