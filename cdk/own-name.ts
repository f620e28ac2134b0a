/** The one name that everything with a name of its own begins with: bus, workgroup, database, dashboard, secrets, metrics. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

const key = 'audience-mirror:name';

/** Before anything is made below `scope`. */
export const bear = (scope: Construct, name: string): void => scope.node.setContext(key, name);

export const ownName = (scope: Construct): string =>
  String(scope.node.tryGetContext(key) ?? Stack.of(scope).stackName);
