/** The HTTP API: every route behind access control, limited in rate, and told in an access log. */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import { Construct } from 'constructs';
import { env, readingPosts } from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import { ownName } from './own-name.ts';
import type { Settings } from './settings.ts';

type JwtSettings = NonNullable<Settings['apiJwt']>;

export interface ApiProps {
  readonly handler: MirrorFunction;
  /** Without an issuer of tokens callers sign their requests (SigV4). */
  readonly settings: Pick<Settings, 'apiJwt'>;
  /** Requests a second over all callers, and the burst above it. @default 50 and 100 */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
}

/** What a caller with IAM has no use for, but every function must be told. */
const noScope = 'audience-mirror/write';

/** Who called what and how it ended; neither query nor body, which may hold a member's key. */
const logged = {
  at: '$context.requestTime',
  id: '$context.requestId',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  subject: '$context.authorizer.claims.sub',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  milliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  error: '$context.error.message',
};

/** By method and path. */
const callsOf = {
  read: ['GET/*', ...readingPosts.map((path) => `POST${path.replaceAll(/\{\w+\}/g, '*')}`)],
  write: ['GET/*', 'POST/*', 'PUT/*', 'PATCH/*', 'DELETE/*'],
};

export class Api extends Construct {
  readonly url: string;
  readonly id: string;
  private readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { handler, settings, rate = { perSecond: 50, burst: 100 } } = props;
    const jwt = settings.apiJwt;
    this.api = new HttpApi(this, 'Http', {
      apiName: ownName(this),
      description: 'Audience Mirror: destinations, syncs and runs',
      createDefaultStage: false,
    });
    handler.setEnv(env.writeScope, jwt?.writeScope ?? noScope);
    this.addRoutes(handler, jwt);
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: rate.perSecond, burstLimit: rate.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(logged)),
      },
    });
    this.url = stage.url;
    this.id = this.api.apiId;
    if (!jwt) this.addPolicies();
  }

  /** No route is made that is not listed here, and each names who may call it. */
  private addRoutes(handler: MirrorFunction, jwt: JwtSettings | undefined): void {
    const integration = new HttpLambdaIntegration('Function', handler.lambda, {
      timeout: Duration.seconds(29),
      scopePermissionToRoute: false,
    });
    const authorizer: IHttpRouteAuthorizer = jwt
      ? new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] })
      : new HttpIamAuthorizer();
    const add = (methods: HttpMethod[], scopes: string[], path = '/{proxy+}') =>
      this.api.addRoutes({
        path,
        methods,
        integration,
        authorizer,
        ...(jwt && { authorizationScopes: scopes }),
      });
    const reading = jwt ? [jwt.readScope, jwt.writeScope] : [];
    const { GET, POST, PUT, PATCH, DELETE } = HttpMethod;
    add([GET], reading);
    for (const path of readingPosts) add([POST], reading, path);
    add([POST, PUT, PATCH, DELETE], jwt ? [jwt.writeScope] : []);
  }

  /** To be attached to the roles and users of those who shall call it; nobody may from the start. */
  private addPolicies(): void {
    const allow = (id: string, description: string, calls: readonly string[]) => {
      const resources = calls.map((call) => this.callArn(call));
      const policy = new ManagedPolicy(this, id, {
        description,
        statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources })],
      });
      for (const resource of resources) {
        const finding = flattenCfnReference(Stack.of(this).resolve(resource));
        Validations.of(policy).acknowledge({
          id: `AwsSolutions-IAM5[Resource::${finding}]`,
          reason:
            'Reading and writing are told apart by the method, but for the few POSTs that only look.',
        });
      }
    };
    allow('ReadPolicy', 'Audience Mirror: may read through the API', callsOf.read);
    allow('WritePolicy', 'Audience Mirror: may read and write through the API', callsOf.write);
  }

  /** Signed by IAM. */
  grantCall(grantee: IGrantable, access: keyof typeof callsOf): void {
    const resourceArns = callsOf[access].map((call) => this.callArn(call));
    Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  private callArn(call: string): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.api.apiId,
      resourceName: `$default/${call}`,
    });
  }
}
