/** What is wrong with a destination, whatever sync uses it. */

import {
  type Action,
  actionOf,
  type Destination,
  requestNames,
} from '../../contracts/destination.ts';
import type { JsonScalar } from '../../contracts/json.ts';
import { Sync } from '../../contracts/sync.ts';
import { askedBy } from '../request/action-template.ts';
import { checkDelivery, type DeliveryTools } from '../request/delivery.ts';
import { askedBySessions } from '../request/sessions.ts';
import type { ConfigurationProblem } from '../words/problem.ts';

/** All problems at once; their paths begin with `destination`. */
export function checkDestination(
  destination: Destination,
  tools: DeliveryTools,
): readonly ConfigurationProblem[] {
  const checked = checkDelivery(destination, standIn(destination), tools);
  return checked.ok ? [] : checked.problems.filter(({ path }) => isOfDestination(path));
}

export const isOfDestination = (path: string): boolean => /^destination[.[]/.test(path);

/** A sync that gives every connection value the destination asks for, and of which nothing else is looked at. */
function standIn(destination: Destination): Sync {
  const connection: Record<string, JsonScalar> = {};
  for (const name of requestNames) {
    const asked = askedBy(destination.actions, name);
    // A text that is a number fits wherever a value may stand, also under $number.
    if (typeof asked === 'object') for (const key of asked.connection) connection[key] = '1';
  }
  for (const key of askedBySessions(destination)) connection[key] = '1';
  return Sync.parse({
    id: '1',
    name: 'Stand-in',
    destination: destination.id,
    audience: { id: '1', name: '1' },
    source: { bucket: 'none', prefix: '' },
    key: ['key'],
    mappings: {},
    connection,
    version: 1,
  });
}

const requestOf = ({ method, path, bodyKind, body, fields }: Action) => [
  method,
  path,
  bodyKind,
  body,
  Object.entries(fields).flatMap(([name, { as }]) => (as === undefined ? [] : [[name, as]])),
];

/** Whether the requests look different, though the records in them are the same: nobody is sent again for that. */
export function changesRequests(before: Destination, after: Destination): boolean {
  const shape = ({ baseUrl, headers, actions }: Destination) => {
    const insert = actionOf(actions, 'insert')?.action;
    const update = actionOf(actions, 'update')?.action;
    return JSON.stringify([
      baseUrl,
      Object.entries(headers).sort(),
      ...[insert, update].map((action) => action && requestOf(action)),
    ]);
  };
  return shape(before) !== shape(after);
}
