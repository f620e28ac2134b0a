/** docs/runbook.md explains every code that a run, a log line or an answer may show, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AlertKind } from '../../shared/contracts/alert.ts';
import { functionNames } from '../../shared/contracts/wiring.ts';
import { RULE_REFUSALS } from '../../shared/domain/response/refusals.ts';
import { REFUSALS } from '../../shared/domain/template/refusals.ts';

const root = join(import.meta.dirname, '..', '..');
const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
const sources = ['shared', 'functions'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, room, name), 'utf8')),
);

/** Words with hyphens that are no codes: a new one either is a code, and needs a section, or belongs here. */
const words = new Set<string>([
  ...functionNames,
  ...'as-status as-update omit-item audience-mirror aws-lambda dry-run ieee-p1363 link-local no-referrer no-store rolled-back same-origin site-local utf-16 utf-16be utf-16le utf-8 windows-1252'.split(
    ' ',
  ),
  // Of the audit trail, and an id that stands for any.
  ...'members-read one-machine request-tried run-approved run-started secret-set stand-in turned-down given-up deliveries-due webhook-id webhook-timestamp webhook-signature'.split(
    ' ',
  ),
]);
const isHeader = (word: string) =>
  /^(if-((none-)?match|unmodified-since)$|(accept|cache|content|cross-origin|idempotency|keep|permissions|ratelimit|referrer|retry|set|transfer|user|www|x)-)/.test(
    word,
  );

function found(pattern: RegExp): Set<string> {
  const matches = sources.flatMap((source) => [...source.matchAll(pattern)]);
  return new Set(matches.flatMap(([, code]) => code ?? []));
}

/** Of one word, only where it stands for a code; with hyphens, everywhere. */
const codes = new Set([
  ...[...found(/'([a-z]+(?:-[a-z0-9]+)+)'/g)].filter((word) => !words.has(word) && !isHeader(word)),
  ...found(/(?:Error|Failure|refused)\(\s*'([a-z]+)'/g),
  ...found(/\bcode: '([a-z]+)'(?! in)/g),
  ...[...found(/type \w+Code = ('[^;]+);/g)].flatMap(
    (union) => union.match(/(?<=')[a-z-]+(?=')/g) ?? [],
  ),
  'invariant',
]);
const thrown = found(/new [A-Z][a-z]+Error\(\s*'([a-z-]+)'/g);
/** Explained with their whole text in documents of their own. */
const refusals = new Set([...Object.keys(REFUSALS), ...Object.keys(RULE_REFUSALS)]);
/** Made of the status of an answer. */
const ofStatus = ['http-401', 'http-403', 'http-413', 'http-429', 'http-4xx', 'http-5xx'];

const sections = new Map(
  runbook
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);
const rows = new Set(
  [...runbook.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, code]) => code ?? ''),
);

test('every code has a section or a row, and those that are thrown have a section', () => {
  const missing = [...codes].filter(
    (code) => !sections.has(code) && !rows.has(code) && !refusals.has(code),
  );
  expect(missing).toEqual([]);
  expect([...thrown, ...ofStatus].filter((code) => !sections.has(code))).toEqual([]);
  expect(codes.size).toBeGreaterThan(150);
});

test('no section and no row is about a code that is no more, and none is told twice', () => {
  const known = new Set([...codes, ...ofStatus]);
  const lowerCase = [...sections.keys()].filter((name) => /^[a-z]/.test(name));
  expect([...lowerCase, ...rows].filter((code) => !known.has(code))).toEqual([]);
  expect(lowerCase.filter((code) => rows.has(code))).toEqual([]);
  expect(runbook.match(/^### /gm)).toHaveLength(sections.size);
});

test('every alert has its row where the alerts are listed', () => {
  const guards = readFileSync(join(root, 'docs/guards.md'), 'utf8');
  const listed = [...guards.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => kind);
  expect(AlertKind.options.filter((kind) => !listed.includes(kind))).toEqual([]);
});

test('each section says what it means, where to look and what to do', () => {
  const wrong = [...sections].filter(
    ([, text]) =>
      !/\n\*\*Meaning\.\*\* [\s\S]+\n\*\*Look here\.\*\* [\s\S]+\n\*\*Do this\.\*\* /.test(text),
  );
  expect(wrong.map(([name]) => name)).toEqual([]);
});
