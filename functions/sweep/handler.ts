import { SweepEvent } from '../../shared/contracts/messages.ts';
import { startPorts } from '../start-run/handler.ts';
import { quietMs, sweep } from './sweep.ts';

/** EventBridge's own event has none of our fields, and means the usual quiet. */
export async function handler(event: unknown): Promise<void> {
  const { quietMs: quiet = quietMs } = SweepEvent.catch({}).parse(event);
  await sweep(startPorts(), quiet);
}
