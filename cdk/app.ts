/** Makes the stack for whatever account and region it is deployed to. */
import { App, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AudienceMirrorStack } from './audience-mirror-stack.ts';
import { readSettings } from './settings.ts';

const app = new App();
const settings = readSettings((name) => app.node.tryGetContext(name));

new AudienceMirrorStack(app, settings.stackName, {
  snapshotBuckets: settings.snapshotBuckets,
  apiJwt: settings.apiJwt,
  alertEmail: settings.alertEmail,
  tracing: settings.tracing,
  metricsBySync: settings.metricsBySync,
  alarms: settings.alarms,
  dashboard: settings.dashboard,
  removalPolicy: settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  terminationProtection: settings.terminationProtection,
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
