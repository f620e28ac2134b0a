import { handle } from 'hono/aws-lambda';
import { env } from '../../shared/contracts/wiring.ts';
import { summarise } from '../../shared/domain/words/errors.ts';
import { createSnapshotSampler } from '../../shared/duckdb/snapshot-sample.ts';
import { createHeardSenders } from '../../shared/http/destination-sender.ts';
import { createGuardedSender } from '../../shared/http/guarded-sender.ts';
import { duckdbRoom } from '../../shared/runtime/duckdb-room.ts';
import { egress } from '../../shared/runtime/egress.ts';
import { setting } from '../../shared/runtime/environment.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { recordPorts } from '../../shared/runtime/record-log.ts';
import { secrets, vault } from '../../shared/runtime/secrets.ts';
import { stackOf } from '../../shared/runtime/stack-of.ts';
import { startRunPorts } from '../../shared/runtime/start-run.ts';
import {
  audit,
  book,
  deliveries,
  locks,
  once,
  schedules,
  snapshots,
  webhooks,
} from '../../shared/runtime/stores.ts';
import { systemClock, systemIds } from '../../shared/runtime/system.ts';
import { deliveryTools } from '../../shared/runtime/tools.ts';
import { notices } from '../../shared/runtime/webhook-sender.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { createApi } from './app.ts';
import { gatewayAccess } from './gateway-access.ts';

const ids = systemIds(systemClock);

const api = lazy(() =>
  handle(
    createApi({
      ...startRunPorts(),
      audit: audit(),
      book: book(),
      once: once(),
      locks: locks(),
      vault: vault(),
      webhooks: webhooks(),
      deliveries: deliveries(),
      notices: notices(),
      schedules: schedules(),
      nextTimes,
      tools: deliveryTools(),
      heardSender: createHeardSenders({
        secrets: secrets(),
        keep: { book: book(), vault: vault(), randomId: () => ids.next() },
        clock: systemClock,
        sender: createGuardedSender({ ...egress(), clock: systemClock }),
      }),
      sampler: createSnapshotSampler({
        snapshots: snapshots(),
        ...duckdbRoom(),
      }),
      ...recordPorts(),
      access: gatewayAccess(() => setting(env.writeScope)),
      failed: (error, request) =>
        logger.error('request failed', {
          request,
          code: summarise(error).code,
          stack: stackOf(error),
        }),
    }),
  ),
);

type Handler = ReturnType<typeof handle>;
export const handler: Handler = (event, context) => api()(event, context);
