/** Alerts as events of EventBridge: one event each, on a bus of our own; and what wakes whoever tells webhooks. */

import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { alertSource, deliveriesDue } from '../contracts/alert.ts';
import { PassingError } from '../domain/words/errors.ts';
import type { Alerts } from '../ports/world.ts';

/** Sweep is invoked by a rule. Where the event is lost, the next sweep does it. */
export const createWake =
  (client: EventBridgeClient, bus: () => string) => async (): Promise<void> => {
    const event = {
      EventBusName: bus(),
      Source: alertSource,
      DetailType: deliveriesDue,
      Detail: '{}',
    };
    await client.send(new PutEventsCommand({ Entries: [event] }));
  };

export const createAlerts = (client: EventBridgeClient, bus: () => string): Alerts => ({
  async raise(alert) {
    const { FailedEntryCount = 0, Entries = [] } = await client.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: bus(),
            Source: alertSource,
            DetailType: alert.kind,
            Detail: JSON.stringify(alert),
          },
        ],
      }),
    );
    if (FailedEntryCount === 0) return;
    throw new PassingError(
      'alert-refused',
      `EventBridge did not take the alert ${alert.id} (${Entries[0]?.ErrorCode ?? 'no reason given'}). The run it is about has ended all the same; look at it.`,
    );
  },
});
