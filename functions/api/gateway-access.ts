/** Who calls, as API Gateway vouches for it: it has checked signature or token before it invokes the function. */
import { z } from 'zod';
import type { Access } from './access.ts';

const Invocation = z.object({
  event: z.object({
    requestContext: z.object({
      authorizer: z.union([
        z.object({ iam: z.object({ userArn: z.string().min(1) }) }),
        z.object({
          jwt: z.object({
            claims: z.object({
              sub: z.string().min(1),
              scope: z.string().optional(),
              scp: z.string().optional(),
            }),
          }),
        }),
      ]),
    }),
  }),
});

/** The access log has it, too. */
const Named = z.object({
  event: z.object({ requestContext: z.object({ requestId: z.string().min(1).max(128) }) }),
});

/**
 * With IAM the caller's policies tell reading from writing, by the method. With a JWT the gateway asks for the
 * scope of the route; the writing one is looked at once more here, so that no route set wrong opens anything.
 */
export const gatewayAccess = (writeScope: () => string): Access => ({
  ground: 'aws',
  callerOf(_request, environment) {
    const { data } = Invocation.safeParse(environment);
    if (!data) return undefined;
    const { authorizer } = data.event.requestContext;
    if ('iam' in authorizer) return { name: authorizer.iam.userArn, mayWrite: true };
    const { sub, scope = '', scp = '' } = authorizer.jwt.claims;
    // The gateway writes a claim that is a list as "[one two]".
    const scopes = `${scope} ${scp}`.split(/[\s,[\]]+/);
    return { name: sub, mayWrite: scopes.includes(writeScope()) };
  },
  requestIdOf: (environment) => Named.safeParse(environment).data?.event.requestContext.requestId,
});
