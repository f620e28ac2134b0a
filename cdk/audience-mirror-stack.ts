/** The construct as a stack of its own, whose outputs an operator and the command line read. */
import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AudienceMirror } from './audience-mirror.ts';
import { defaultSettings, type Settings } from './settings.ts';

export interface AudienceMirrorStackProps extends StackProps {
  /** What the company decided; the defaults hold for the others. @default - all defaults */
  readonly settings?: Partial<Settings>;
  /** The folder that holds `functions/` and `package-lock.json`. @default - the repository */
  readonly project?: string;
}

export class AudienceMirrorStack extends Stack {
  constructor(scope: Construct, id: string, props: AudienceMirrorStackProps = {}) {
    const { terminationProtection } = { ...defaultSettings, ...props.settings };
    super(scope, id, { description: 'Audience Mirror', terminationProtection, ...props });
    Tags.of(this).add('application', this.stackName);
    const { settings, project } = props;
    // By this id its parts are called as if they stood in the stack itself.
    const { outputs } = new AudienceMirror(this, 'Default', {
      name: this.stackName,
      ...(settings && { settings }),
      ...(project !== undefined && { project }),
    });
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
