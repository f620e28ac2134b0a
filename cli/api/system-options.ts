/** How a system is named on the command line. */
/** Embedded where neither stack nor endpoint is given. */
export interface SystemOptions {
  /** State folder of the embedded system. */
  readonly folder: string;
  /** CloudFormation stack; its output names the endpoint. */
  readonly stack?: string | undefined;
  /** URL of the API. */
  readonly endpoint?: string | undefined;
  /** AWS region; from the usual places where it is not given. */
  readonly region?: string | undefined;
  /** Bearer token for a system with a JWT authoriser; without it requests are signed with AWS credentials. */
  readonly token?: string | undefined;
}
