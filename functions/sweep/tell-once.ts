/** Tells what goes on for a while once a week. First it is told, then noted: whoever dies in between tells it again, by the same id. */
import type { Alert } from '../../shared/contracts/alert.ts';
import type { Alerts, Clock, ToldAlerts } from '../../shared/ports/world.ts';

export interface TellPorts {
  readonly alerts: Alerts;
  readonly told: ToldAlerts;
  readonly clock: Pick<Clock, 'now'>;
}

export async function tellOnce({ alerts, told, clock }: TellPorts, alert: Alert): Promise<void> {
  if (await told.has(alert.id, clock.now())) return;
  await alerts.raise(alert);
  await told.add(alert.id, clock.now());
}
