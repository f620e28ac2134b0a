import { handle } from 'hono/aws-lambda';
import { env } from '../../shared/contracts/wiring.ts';
import { summarise } from '../../shared/domain/errors.ts';
import { setting } from '../../shared/runtime/environment.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { logger } from '../../shared/runtime/logger.ts';
import { stackOf } from '../../shared/runtime/queue-handler.ts';
import { startPorts } from '../start-run/handler.ts';
import { createApi } from './app.ts';
import { gatewayAccess } from './gateway-access.ts';

const api = lazy(() =>
  handle(
    createApi({
      ...startPorts(),
      access: gatewayAccess(() => setting(env.writeScope)),
      failed: (error) =>
        logger.error('request failed', { code: summarise(error).code, stack: stackOf(error) }),
    }),
  ),
);

type Handler = ReturnType<typeof handle>;
export const handler: Handler = (event, context) => api()(event, context);
