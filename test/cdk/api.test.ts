import { expect, test } from 'vitest';
import { synthesise } from './synthesised.ts';

const withIam = synthesise();
const withJwt = synthesise({
  settings: {
    apiJwt: {
      issuer: 'https://issuer.example.com',
      audience: ['console', 'cli'],
      readScope: 'mirror/read',
      writeScope: 'mirror/write',
    },
  },
});
const routesOf = ({ all }: typeof withIam) =>
  [...all('AWS::ApiGatewayV2::Route').values()].map(({ properties }) => properties);

test('with IAM every route asks for a signature', () => {
  const routes = routesOf(withIam);
  expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
    'DELETE /{proxy+}',
    'GET /{proxy+}',
    'PATCH /{proxy+}',
    'POST /v1/destinations/fields',
    'POST /v1/destinations/validate',
    'POST /v1/preview',
    'POST /v1/syncs/columns',
    'POST /v1/syncs/times',
    'POST /v1/syncs/validate',
    'POST /v1/syncs/{id}/records/search',
    'POST /v1/validate',
    'POST /{proxy+}',
    'PUT /{proxy+}',
  ]);
  expect(new Set(routes.map(({ AuthorizationType }) => AuthorizationType))).toEqual(
    new Set(['AWS_IAM']),
  );
});

test('with a JWT every route asks for a scope: reading for either, writing for the one', () => {
  const scopes = routesOf(withJwt).map((route) => [
    route.RouteKey.split(' ')[0],
    route.AuthorizationType,
    route.AuthorizationScopes,
  ]);
  const write = ['mirror/write'];
  const either = ['mirror/read', 'mirror/write'];
  expect(scopes.sort()).toEqual([
    ['DELETE', 'JWT', write],
    ['GET', 'JWT', either],
    ['PATCH', 'JWT', write],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', either],
    ['POST', 'JWT', write],
    ['PUT', 'JWT', write],
  ]);
  expect(withJwt.one('AWS::ApiGatewayV2::Authorizer', 'HttpApi/Http/Jwt')).toMatchObject({
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Audience: ['console', 'cli'], Issuer: 'https://issuer.example.com' },
  });
  expect(
    withJwt.one('AWS::Lambda::Function', 'Api/Function').Environment.Variables.API_WRITE_SCOPE,
  ).toBe('mirror/write');
  expect(withJwt.all('AWS::IAM::ManagedPolicy').size).toBe(0);
});

test('there is one API and one stage, limited in rate, whose log holds neither query nor body', () => {
  expect(withIam.all('AWS::ApiGatewayV2::Api').size).toBe(1);
  const [stage] = [...withIam.all('AWS::ApiGatewayV2::Stage').values()];
  expect(withIam.all('AWS::ApiGatewayV2::Stage').size).toBe(1);
  expect(stage?.properties.DefaultRouteSettings).toEqual({
    ThrottlingRateLimit: 50,
    ThrottlingBurstLimit: 100,
  });
  const log = JSON.parse(stage?.properties.AccessLogSettings.Format);
  expect(log).toMatchObject({ caller: '$context.identity.userArn', path: '$context.path' });
  for (const value of Object.values(log)) {
    expect(value).toMatch(/^\$context\./);
    expect(value).not.toMatch(/query|body|header|rawPath|path$(?<!\$context\.path)/i);
  }
});

test('two policies for callers: one that reads, one that writes too; nobody has them from the start', () => {
  const allowed = [...withIam.all('AWS::IAM::ManagedPolicy')].map(([name, { properties }]) => [
    name,
    properties.PolicyDocument.Statement.flatMap(
      (statement: { Action: string; Resource: string | string[] }) =>
        [statement.Resource].flat().map((each) => `${statement.Action} ${each.split(':').pop()}`),
    ),
    properties.Roles ?? properties.Users ?? properties.Groups,
  ]);
  const on = (call: string) => `execute-api:Invoke <HttpApi/Http>/$default/${call}`;
  const looks = [
    'POST/v1/destinations/fields',
    'POST/v1/destinations/validate',
    'POST/v1/preview',
    'POST/v1/syncs/*/records/search',
    'POST/v1/syncs/columns',
    'POST/v1/syncs/times',
    'POST/v1/syncs/validate',
    'POST/v1/validate',
  ];
  expect(allowed).toEqual([
    ['HttpApi/ReadPolicy', ['GET/*', ...looks].map(on), undefined],
    ['HttpApi/WritePolicy', ['DELETE/*', 'GET/*', 'PATCH/*', 'POST/*', 'PUT/*'].map(on), undefined],
  ]);
});
