/** Where a destination may point: judged by its text at save, and again by its addresses at every connection. */

import { ConfigurationError } from '../words/errors.ts';
import type { Problem } from '../words/problem.ts';
import { type AddressKind, addressOfHost, kindOfAddress } from './address.ts';
import { hasDotSegment, literalProblems } from './path-text.ts';

export interface TargetPolicy {
  /** The embedded run: http and https to loopback, asked for by that name or address. All else stays as it is. */
  readonly allowLoopbackHttp: boolean;
  /**
   * Hosts that the deployment allows though they are private, in lower case, each as it stands in a URL: no name below it, and
   * no other spelling. https alone; loopback, link-local and metadata addresses stay forbidden.
   */
  readonly privateHosts?: readonly string[];
}

/** Host names with commas between. */
export const hostsOf = (text: string | undefined): string[] =>
  (text ?? '')
    .toLowerCase()
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '');

export const isAllowedPrivate = (host: string, { privateHosts = [] }: TargetPolicy): boolean =>
  privateHosts.includes(host);

/** Of a network that is somebody's own. */
const privateKinds: ReadonlySet<AddressKind> = new Set(['public', 'private', 'shared']);

/** Names that only a private network resolves, whatever stands before them. */
const INTERNAL_SUFFIXES = [
  'internal',
  'local',
  'localdomain',
  'lan',
  'intranet',
  'corp',
  'home',
  'home.arpa',
  'private',
  'svc',
  'onion',
];

/** Base URLs as a user types them; an empty list means it may be saved. */
export function checkBaseUrl(text: string, policy: TargetPolicy): Problem[] {
  const problem = (code: string, message: string): Problem[] => [{ code, message }];
  // A URL parser drops or bends these without a word, so that what is saved would not be what is called.
  if (/[\p{Cc}\p{Cf}\p{Z}\\]/u.test(text)) {
    return problem(
      'base-url-characters',
      'The base URL holds a space, an invisible character or a backslash. Remove it.',
    );
  }
  const parts = /^https?:\/\/([^/?#]+)([^?#]*)(.*)$/i.exec(text);
  const url = URL.parse(text);
  if (url === null || parts === null) {
    return problem(
      'base-url-invalid',
      'The base URL is not a URL. Write it in full, such as https://api.example.com/v1.',
    );
  }
  const [, authority = '', path = '', rest = ''] = parts;
  const problems: Problem[] = [];
  if (authority.includes('@')) {
    problems.push({
      code: 'base-url-credentials',
      message:
        'The base URL holds a user name or password. Remove everything up to the @ and give it as authentication, which is kept in the secret store.',
    });
  }
  if (rest !== '') {
    problems.push({
      code: 'base-url-query',
      message:
        'The base URL has a query or fragment. Remove it; a query can stand in the path of an action.',
    });
  }
  if (path !== '') problems.push(...literalProblems('The base URL', path));
  const target = checkTarget(url, policy);
  return target === undefined ? problems : [...problems, target];
}

/** Protocol and host of a parsed URL. Addresses behind a name are judged when it is connected to. */
export function checkTarget(url: URL, policy: TargetPolicy): Problem | undefined {
  const host = url.hostname;
  const address = addressOfHost(host);
  const loopback = isLoopbackHost(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    return {
      code: 'not-https',
      message: 'Requests carry personal data and go over https only. Use an https:// URL.',
    };
  }
  if (url.port === '0') {
    return { code: 'forbidden-host', message: 'Port 0 can not be connected to. Name another.' };
  }
  if (address !== undefined || loopback) {
    return addressProblem(host, address === undefined ? [] : [address], policy);
  }
  if (isAllowedPrivate(host, policy)) return undefined;
  if (host.endsWith('.')) {
    return {
      code: 'forbidden-host',
      message: `The host ${host} ends with a dot. Remove the dot.`,
    };
  }
  const isInternal = INTERNAL_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
  if (isInternal || !host.includes('.')) {
    return {
      code: 'forbidden-host',
      message: `The host ${host} is a name of a private network. Use the platform's public name, such as api.example.com.`,
    };
  }
  return undefined;
}

/**
 * Every address a host stands for must be allowed: one forbidden among several is a sign of a rebinding, not of
 * an unlucky choice. A host that is loopback by name must be loopback by address, and no other host may be.
 */
export function addressProblem(
  host: string,
  addresses: readonly string[],
  policy: TargetPolicy,
): Problem | undefined {
  const loopback = isLoopbackHost(host);
  const wanted: AddressKind = loopback ? 'loopback' : 'public';
  const kinds = addresses.map(kindOfAddress);
  const isPrivate = !loopback && isAllowedPrivate(host, policy);
  const isRight = (kind: AddressKind) => (isPrivate ? privateKinds.has(kind) : kind === wanted);
  const wrong =
    loopback && !policy.allowLoopbackHttp ? 'loopback' : kinds.find((kind) => !isRight(kind));
  if (wrong === undefined) return undefined;
  const rule =
    wrong === 'public'
      ? 'A loopback name must lead to this machine alone. Use 127.0.0.1.'
      : "Only public addresses are called, so that no destination reaches into your own network. Use the platform's public name.";
  return {
    code: 'forbidden-address',
    message: `${host} leads to ${article(wrong)} ${wrong} address. ${rule}`,
  };
}

/** Loopback by its own text: 127.0.0.0/8, ::1, `localhost` and names below it (RFC 6761). */
function isLoopbackHost(host: string): boolean {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  const address = addressOfHost(host);
  if (address !== undefined) return kindOfAddress(address) === 'loopback';
  return name === 'localhost' || name.endsWith('.localhost');
}

/**
 * The URL of a request: the base URL with the path below it. The path `/` is the base URL itself.
 * @throws ConfigurationError `url-outside-base` where the path would leave the base URL
 */
export function resolveUrl(baseUrl: string, path: string): string {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/$/, '');
  const wanted = path === '/' ? base.origin + base.pathname : base.origin + prefix + path;
  const url = URL.parse(wanted);
  const escapes = !path.startsWith('/') || path.includes('#') || hasDotSegment(pathOf(path));
  if (url === null || escapes || url.href !== wanted) {
    throw new ConfigurationError(
      'url-outside-base',
      'The path of an action leads out of its base URL. Check the path and the connection values of the sync.',
    );
  }
  return url.href;
}

function pathOf(path: string): string {
  return path.split('?', 1)[0] ?? '';
}

function article(kind: AddressKind): string {
  return /^[aeiou]/.test(kind) ? 'an' : 'a';
}
