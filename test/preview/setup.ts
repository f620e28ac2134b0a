/** A destination and a sync as somebody would write them, to preview with. */

import type { ActionName } from '../../shared/contracts/destination.ts';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import type { DeliveryTools } from '../../shared/domain/request/delivery.ts';
import {
  type Preview,
  type PreviewedRequest,
  preview,
} from '../../shared/domain/request/preview.ts';
import { recordTools } from '../../shared/records/tools.ts';

export const tools: DeliveryTools = {
  records: recordTools,
  targets: { allowLoopbackHttp: false },
};

export const action = (changes: object = {}) => ({
  path: '/audiences/{{connection.audienceId}}/members',
  body: '{"list": $$.connection.audienceName, "members": [$$.records.{"email": EMAIL, "score": $number(SCORE)}]}',
  fields: { EMAIL: { required: true, hash: 'SHA256' } },
  ...changes,
});

export const destination = (changes: object = {}) => ({
  id: 'platform',
  name: 'Platform',
  baseUrl: 'https://api.example.com/v1',
  actions: { insert: action(), update: 'insert' },
  ...changes,
});

export const sync = (changes: object = {}) => ({
  id: 'customers',
  name: 'Customers',
  destination: 'platform',
  audience: { id: 'a 1', name: 'Spring' },
  source: { bucket: 'exports', prefix: '' },
  key: ['email'],
  mappings: { EMAIL: { column: 'email' }, SCORE: { column: 'score' } },
  normalise: { EMAIL: 'email' },
  ...changes,
});

interface Question {
  readonly destination?: unknown;
  readonly sync?: unknown;
  readonly action?: ActionName;
  readonly rows?: readonly SampleRow[];
}

export const ask = (question: Question = {}): Preview =>
  preview({
    destination: destination(),
    sync: sync(),
    action: 'insert',
    rows: [{ email: 'ada@example.com', score: 7 }],
    tools,
    ...question,
  });

export function requestOf(question: Question = {}): PreviewedRequest {
  const shown = ask(question);
  if (!shown.ok) throw new Error(shown.problems.map((each) => each.message).join('\n'));
  return shown;
}

export function problemsOf(question: Question): [path: string, code: string][] {
  const shown = ask(question);
  if (shown.ok) throw new Error('There is no problem.');
  return shown.problems.map(({ path, code }) => [path, code]);
}
