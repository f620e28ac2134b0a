/** One HTTP request of a destination as it is written down, and the expressions that read answers. */
import { z } from 'zod';

export const HttpMethod = z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']);
export type HttpMethod = z.infer<typeof HttpMethod>;

/** JSON, a form (`application/x-www-form-urlencoded`), a line of JSON for each record, or no body at all. */
export const BodyKind = z.enum(['json', 'form', 'ndjson', 'none']);
export type BodyKind = z.infer<typeof BodyKind>;

/** What an answer says: a JSONata expression of at most 8 KB. See docs/response-rules.md. */
export const RuleSource = z.string().min(1).max(8_192);

/** A request that is of no record. */
export const Call = z.strictObject({
  /** Where it is not given: GET without a body, and POST with one. */
  method: HttpMethod.optional(),
  /** Path below the base URL, which may have a query. `{{connection.name}}` is replaced by one encoded segment or query value. */
  path: z.string().min(1).max(2_048),
  /** What the body is written as. */
  bodyKind: z.enum(['json', 'form']).default('json'),
  /** JSONata template of the body, at most 32 KB, of the connection's values; without it the request has none. */
  body: z.string().min(1).max(32_768).optional(),
});
export type Call = z.infer<typeof Call>;
