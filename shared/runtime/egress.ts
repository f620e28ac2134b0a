/** How this process gets out: what a deployment allows beyond the public internet. No destination can say any of it. */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { env } from '../contracts/wiring.ts';
import { hostsOf, type TargetPolicy } from '../domain/platform/target.ts';
import { ConfigurationError } from '../domain/words/errors.ts';
import type { EgressProxy } from '../http/tunnel.ts';
import { optionalSetting } from './environment.ts';
import { lazy } from './lazy.ts';

/** As the guarded sender takes it. */
export interface Egress extends TargetPolicy {
  readonly proxy: EgressProxy | undefined;
  /** `ca`, in PEM: the usual authorities and those of the deployment. */
  readonly network: { readonly ca?: string };
}

/** @throws ConfigurationError `ca-bundle-unreadable`, `egress-proxy-invalid` */
export const egress = lazy((): Egress => egressOf(optionalSetting(env.allowLoopback) === 'true'));

/** @param allowLoopbackHttp as where everything runs on one machine */
export function egressOf(allowLoopbackHttp: boolean): Egress {
  const privateHosts = hostsOf(optionalSetting(env.privateHosts));
  const ca = authorities();
  return { allowLoopbackHttp, privateHosts, proxy: proxyOf(), network: ca ? { ca } : {} };
}

function authorities(): string | undefined {
  const file = optionalSetting(env.caBundle);
  if (file === undefined) return undefined;
  try {
    const own = readFileSync(file, 'utf8');
    if (own.includes('-----BEGIN CERTIFICATE-----')) return [...rootCertificates, own].join('\n');
  } catch {
    // Told below, as one that holds none.
  }
  throw new ConfigurationError(
    'ca-bundle-unreadable',
    `The file ${file}, which ${env.caBundle} names, cannot be read or holds no certificate in PEM. Name one that does.`,
  );
}

function proxyOf(): EgressProxy | undefined {
  const text = optionalSetting(env.egressProxy);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isPlain = url?.pathname === '/' && url.search === '' && url.username === '';
  if (url && isPlain && (url.protocol === 'http:' || url.protocol === 'https:')) {
    const resolves = optionalSetting(env.egressProxyResolves) === 'true';
    const isTls = url.protocol === 'https:';
    return { host: url.hostname, port: Number(url.port || (isTls ? 443 : 80)), isTls, resolves };
  }
  throw new ConfigurationError(
    'egress-proxy-invalid',
    `${env.egressProxy} is no address of a proxy. Write http://host:port or https://host:port, without a user name or path.`,
  );
}
