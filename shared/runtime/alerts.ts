/** Where alerts and ends of runs are told. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createAlerts, createWake } from '../aws/alerts.ts';
import { env } from '../contracts/wiring.ts';
import { alsoToWebhooks, type TellPorts } from '../flow/tell-webhooks.ts';
import { setting } from './environment.ts';
import { lazy } from './lazy.ts';
import { deliveries, webhooks } from './stores.ts';
import { systemClock } from './system.ts';
import { traced } from './tracing.ts';

/** A run ends after its alert is told, so telling it must not take long. */
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000 };

const client = lazy(() => traced(new EventBridgeClient({ requestHandler })));
const bus = () => setting(env.alertBus);

export const tellPorts = lazy(
  (): TellPorts => ({
    webhooks: webhooks(),
    deliveries: deliveries(),
    clock: systemClock,
    wake: createWake(client(), bus),
  }),
);

export const alerts = lazy(() => alsoToWebhooks(createAlerts(client(), bus), tellPorts()));
