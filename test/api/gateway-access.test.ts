import { expect, test } from 'vitest';
import { gatewayAccess } from '../../functions/api/gateway-access.ts';

const access = gatewayAccess(() => 'mirror/write');
const request = new Request('https://api.example.com/syncs');
const callerOf = (authorizer: unknown) =>
  access.callerOf(request, { event: { requestContext: { authorizer } } });
const withClaims = (claims: object) => callerOf({ jwt: { claims, scopes: null } });

test('with IAM the caller is the ARN, and the gateway has told reading from writing', () => {
  const userArn = 'arn:aws:sts::111122223333:assumed-role/crm/ada';
  expect(callerOf({ iam: { userArn } })).toEqual({ name: userArn, mayWrite: true });
});

test.each([
  { scope: 'mirror/read mirror/write', mayWrite: true },
  { scp: '[mirror/read mirror/write]', mayWrite: true },
  { scope: 'mirror/read', mayWrite: false },
  { scope: 'mirror/write-nothing xmirror/write', mayWrite: false },
  { mayWrite: false },
])(
  'with a JWT the scope to write is asked for once more: $scope $scp',
  ({ mayWrite, ...claims }) => {
    expect(withClaims({ sub: 'client', ...claims })).toEqual({ name: 'client', mayWrite });
  },
);

test.each([
  undefined,
  null,
  {},
  { iam: {} },
  { iam: { userArn: '' } },
  { jwt: { claims: {} } },
  { lambda: { sub: 'x' } },
])('whom the gateway does not vouch for is nobody: %j', (authorizer) => {
  expect(callerOf(authorizer)).toBeUndefined();
  expect(access.callerOf(request, undefined)).toBeUndefined();
});
