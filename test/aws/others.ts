/** The implementations by others that `npm run test:aws` started, as its tests find them. */
import { z } from 'zod';

const variable = 'AWS_BY_OTHERS';

const address = z.url();
const Others = z.object({
  /** moto: S3, EventBridge, its Scheduler, Secrets Manager, CloudFormation and much else, at one address. */
  moto: address.optional(),
  /** dynoxide: DynamoDB. */
  dynoxide: address.optional(),
  /** ElasticMQ: SQS. */
  elasticmq: address.optional(),
  /** Folder of Python's programs: cfn-lint and parliament. */
  python: z.string().optional(),
});
export type Others = z.infer<typeof Others>;

/** Nothing where the command did not start any: then the embedded services are meant. */
export const others: Others = Others.parse(JSON.parse(process.env[variable] ?? '{}'));

export const environmentOf = (started: Others) => ({ [variable]: JSON.stringify(started) });

/** @throws Error where it is not there: the command runs no test that lacks what it needs. */
export function other(name: keyof Others): string {
  const found = others[name];
  if (found === undefined) throw new Error(`${name} is not running; use npm run test:aws.`);
  return found;
}
