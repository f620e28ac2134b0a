/** Where alerts go. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createAlerts } from '../aws/alerts.ts';
import { env } from '../contracts/wiring.ts';
import { setting } from './environment.ts';
import { lazy } from './lazy.ts';
import { traced } from './tracing.ts';

/** A run ends after its alert is told, so telling it must not take long. */
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000 };

export const alerts = lazy(() =>
  createAlerts(traced(new EventBridgeClient({ requestHandler })), () => setting(env.alertBus)),
);
