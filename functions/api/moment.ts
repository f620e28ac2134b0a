/** Times as the API writes them. */
import { z } from '@hono/zod-openapi';

/** ISO 8601, in UTC. */
export const Moment = z.iso.datetime();

/** @param at epoch milliseconds */
export const momentOf = (at: number): string => new Date(at).toISOString();
