/** The console on AWS: pages that nobody may write to, an API at the same origin, and a policy that names the issuer alone. */
import { expect, test } from 'vitest';
import { readSettings } from '../../cdk/settings.ts';
import { synthesise } from './synthesised.ts';

const withConsole = synthesise({
  settings: {
    apiJwt: {
      issuer: 'https://issuer.example.com/pool',
      audience: ['console'],
      readScope: 'mirror/read',
      writeScope: 'mirror/write',
    },
    console: { clientId: 'console', signInOrigins: ['https://sign-in.example.com'] },
  },
});

test('pages come from a bucket that CloudFront alone reads, over TLS', () => {
  const bucket = withConsole.one('AWS::S3::Bucket', 'Console/Pages');
  expect(bucket.PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  const { Statement } = withConsole.one(
    'AWS::S3::BucketPolicy',
    'Console/Pages/Policy',
  ).PolicyDocument;
  const allowed = Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
  expect(allowed).toEqual([
    expect.objectContaining({
      Action: 's3:GetObject',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Condition: { StringEquals: { 'AWS:SourceArn': expect.stringContaining('distribution/') } },
    }),
  ]);
});

test('the API is at the same origin, never kept, with its credentials handed on', () => {
  const { DistributionConfig } = withConsole.one(
    'AWS::CloudFront::Distribution',
    'Console/Distribution',
  );
  expect(DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy).toBe('redirect-to-https');
  const [api, ...others] = DistributionConfig.CacheBehaviors;
  expect(others).toEqual([]);
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html, CachingDisabled, and
  // using-managed-origin-request-policies.html, AllViewerExceptHostHeader
  expect(api).toMatchObject({
    PathPattern: '/v1/*',
    ViewerProtocolPolicy: 'https-only',
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
  });
  expect(api.AllowedMethods).toContain('DELETE');
});

test('the policy lets the pages ask the issuer and nobody else, and run no script but their own', () => {
  const { ResponseHeadersPolicyConfig } = withConsole.one(
    'AWS::CloudFront::ResponseHeadersPolicy',
    'Console/Headers',
  );
  const { ContentSecurityPolicy } = ResponseHeadersPolicyConfig.SecurityHeadersConfig;
  const policy: string = ContentSecurityPolicy.ContentSecurityPolicy;
  expect(policy).toContain(
    "connect-src 'self' https://issuer.example.com https://sign-in.example.com;",
  );
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("default-src 'none';");
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(withConsole.outputs).toHaveProperty('ConsoleUrl');
});

test('without its setting there is none, and without an issuer it is refused', () => {
  expect(synthesise().all('AWS::CloudFront::Distribution').size).toBe(0);
  expect(() =>
    readSettings((name) => (name === 'console' ? '{"clientId": "a"}' : undefined)),
  ).toThrow(/console\s.*|set apiJwt/s);
});
