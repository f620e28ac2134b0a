/**
 * The console's pages in a bucket behind CloudFront, which hands on `/v1` to the API: one origin, so that the pages ask nobody
 * else but the issuer they sign in at. Nothing of the pages is secret; what they show is the API's, for who has a token.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import { Construct, type IConstruct } from 'constructs';
import {
  consoleHeaders,
  contentPolicy,
  type SignInSettings,
  signInFile,
} from '../shared/contracts/console.ts';
import type { Settings } from './settings.ts';

export interface ConsoleProps {
  readonly settings: {
    readonly apiJwt: NonNullable<Settings['apiJwt']>;
    readonly console: NonNullable<Settings['console']>;
  };
  readonly apiUrl: string;
  /** The folder that holds the built pages. @default - the repository */
  readonly project?: string | undefined;
}

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Addresses are the pages' own: whatever names no file is answered by the page that knows them. */
const toPage = `function handler(event) {
  var request = event.request;
  if (!/\\.(js|css|svg|woff2|json|md)$/.test(request.uri)) request.uri = '/index.html';
  return request;
}`;

export class Console extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { settings, apiUrl, project }: ConsoleProps) {
    super(scope, id);
    const { apiJwt, console } = settings;
    const pages = join(project ?? repository, 'console', 'dist');
    if (!existsSync(pages)) {
      throw new Error('The console is not built: run npm run console before you deploy it.');
    }
    // The library's own type of it is laxer about what is undefined than ours.
    const bucket = new Bucket(this, 'Pages', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Made anew by each deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    }) as IBucket;
    const headers = this.headers([new URL(apiJwt.issuer).origin, ...console.signInOrigins]);
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'Audience Mirror: the console',
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        functionAssociations: [
          {
            function: new EdgeFunction(this, 'ToPage', {
              code: FunctionCode.fromInline(toPage),
              runtime: FunctionRuntime.JS_2_0,
            }),
            eventType: FunctionEventType.VIEWER_REQUEST,
          },
        ],
      },
      additionalBehaviors: {
        '/v1/*': {
          // https://ID.execute-api.REGION.amazonaws.com/
          origin: new HttpOrigin(Fn.select(2, Fn.split('/', apiUrl))),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
      },
    });
    this.deploy(bucket, pages, {
      issuer: apiJwt.issuer,
      clientId: console.clientId,
      scope: `openid ${apiJwt.writeScope} ${apiJwt.readScope}`,
      readScope: `openid ${apiJwt.readScope}`,
    });
    this.url = `https://${distribution.distributionDomainName}`;
    this.acknowledge(bucket, distribution);
  }

  private headers(asks: readonly string[]): ResponseHeadersPolicy {
    const { 'referrer-policy': _r, 'x-content-type-options': _x, ...custom } = consoleHeaders;
    return new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentPolicy(asks), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: {
          referrerPolicy: HeadersReferrerPolicy.NO_REFERRER,
          override: true,
        },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: false,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: Object.entries(custom).map(([header, value]) => ({
          header,
          value,
          override: true,
        })),
      },
    });
  }

  /** Assets bear their digest in their name and stay; the page that names them is asked for anew. */
  private deploy(bucket: IBucket, pages: string, signIn: SignInSettings): void {
    const assets = new BucketDeployment(this, 'Assets', {
      destinationBucket: bucket,
      sources: [Source.asset(pages)],
      exclude: ['*'],
      include: ['assets/*'],
      cacheControl: [
        CacheControl.setPublic(),
        CacheControl.maxAge(Duration.days(365)),
        CacheControl.immutable(),
      ],
      // A page that is open still asks for those of the release before.
      prune: false,
    });
    const page = new BucketDeployment(this, 'Page', {
      destinationBucket: bucket,
      sources: [Source.asset(pages), Source.jsonData(signInFile, { ...signIn })],
      exclude: ['assets/*'],
      cacheControl: [CacheControl.noCache()],
      prune: false,
    });
    page.node.addDependency(assets);
  }

  private acknowledge(bucket: IBucket, distribution: Distribution): void {
    const say = (scope: IConstruct, id: string, reason: string) =>
      Validations.of(scope).acknowledge({ id, reason });
    const log = 'The pages hold nothing but the product; who calls the API stands in its own log.';
    say(bucket, 'AwsSolutions-S1', log);
    say(distribution, 'AwsSolutions-CFR1', 'People look from wherever they are.');
    say(
      distribution,
      'AwsSolutions-CFR2',
      'Files alone are served without a token, and the API limits its callers itself; a web ACL of your own may be attached.',
    );
    say(distribution, 'AwsSolutions-CFR3', log);
    say(
      distribution,
      'AwsSolutions-CFR4',
      'The certificate of CloudFront’s own name decides the protocol; with a domain of yours it is TLS 1.2.',
    );
    const deploys = 'Of AWS’s own construct, which copies the pages while one deploys.';
    for (const child of Stack.of(this).node.findAll()) {
      if (!child.node.path.includes('CDKBucketDeployment')) continue;
      const { account, region, partition } = Stack.of(this);
      const own = flattenCfnReference(Stack.of(this).resolve(`${bucket.bucketArn}/*`));
      const staged = flattenCfnReference(
        Stack.of(this).resolve(`arn:${partition}:s3:::cdk-hnb659fds-assets-${account}-${region}/*`),
      );
      const basic = `arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`;
      for (const id of [
        'AwsSolutions-L1',
        `AwsSolutions-IAM4[Policy::${basic}]`,
        ...copying.map((action) => `AwsSolutions-IAM5[Action::${action}]`),
        `AwsSolutions-IAM5[Resource::${own}]`,
        `AwsSolutions-IAM5[Resource::${staged}]`,
      ]) {
        say(child, id, deploys);
      }
    }
  }
}

/** What copying takes, as the construct grants it. */
const copying = ['s3:GetObject*', 's3:GetBucket*', 's3:List*', 's3:DeleteObject*', 's3:Abort*'];
