/** What may stand literally in a path, and the one rule that keeps a path below its base. */
import type { Problem } from '../words/problem.ts';

/**
 * Whether any reading of the path holds a segment `.` or `..`: as it is, with its percent-encoding undone up to
 * three times, with `\` for `/`, with parameters behind a `;`, or with characters that only look like dots.
 * Platforms and the proxies before them differ in how far they read, so all readings count.
 */
export function hasDotSegment(path: string): boolean {
  let reading = path.normalize('NFKC');
  for (let round = 0; round < 4; round += 1) {
    if (reading.split(/[/\\]/).some((segment) => /^\.{1,2}(;.*)?$/s.test(segment))) return true;
    reading = decode(reading).normalize('NFKC');
  }
  return false;
}

/** Problems of a path with an optional query, as it is to go over the wire. `what` begins each message. */
export function literalProblems(what: string, text: string): Problem[] {
  const problems: Problem[] = [];
  const report = (code: string, message: string) => {
    problems.push({ code, message: `${what} ${message}` });
  };
  const [path = '', query, ...more] = text.split('?');

  if (!path.startsWith('/')) report('path-start', 'must begin with a slash. Put / before it.');
  if (text.includes('#')) {
    report(
      'path-fragment',
      'holds a #, which never reaches the platform. Write %23 for a # in data.',
    );
  }
  if (more.length > 0) {
    report('path-query', 'holds more than one question mark. Write %3F for one in data.');
  }
  if (path.includes('//')) report('path-empty-segment', 'holds //. Write a single slash.');
  if (hasDotSegment(path)) {
    report('path-dots', 'has a segment . or .., plain or encoded. Write the path it leads to.');
  }
  if (/%2e|%25|%5c/i.test(path)) {
    report(
      'path-encoding',
      'encodes a dot, a percent sign or a backslash. Write the plain dot, or leave it out.',
    );
  }
  const stray =
    strangerIn(path, /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%#]/u) ??
    strangerIn(query ?? '', /[^A-Za-z0-9\-._~!$&()*+,;=:@/%#]/u);
  if (stray !== undefined) {
    report('path-character', `holds ${stray}, which no URL may. Percent-encode it, or remove it.`);
  }
  if (!isCleanEncoding(text)) {
    report(
      'path-encoding',
      'has a percent sign that begins no valid UTF-8 character. Write %25 in a query for a percent sign, or mend the encoding.',
    );
  }
  return problems;
}

function strangerIn(text: string, stranger: RegExp): string | undefined {
  const found = stranger.exec(text)?.[0];
  if (found === undefined) return undefined;
  const code = found.codePointAt(0) ?? 0;
  return code > 0x20 && code < 0x7f
    ? found
    : `the character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Every percent sign begins valid UTF-8, and no control character hides in it. */
function isCleanEncoding(text: string): boolean {
  if (/%(?![0-9a-f]{2})/i.test(text)) return false;
  try {
    return !/\p{Cc}/u.test(decodeURIComponent(text.replace(/[^\x20-\x7e]/gu, '')));
  } catch {
    return false;
  }
}

function decode(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (pair) =>
    String.fromCharCode(Number.parseInt(pair.slice(1), 16)),
  );
}
