/**
 * Which network an IP address belongs to. A destination may reach the public internet only: whatever leads into
 * the account's own network, the machine itself or its metadata service is not public, and neither is an address
 * that carries another one inside (mapped, translated, tunnelled), since where it ends is decided elsewhere.
 *
 * IPv4 is public unless listed; IPv6 is public only within 2000::/3 and unless listed.
 * Source: IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates); `test/security/` has all their
 * rows, with their date.
 */
export type AddressKind =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'site-local'
  | 'metadata'
  | 'translated'
  | 'tunnel'
  /** AS112: whichever server of many is nearest, and that may be the network's own. */
  | 'anycast'
  | 'multicast'
  | 'documentation'
  | 'benchmark'
  | 'reserved'
  | 'unreadable';

/** The first range that holds an address decides. */
const RANGES: readonly Range[] = (
  [
    ['0.0.0.0/8', 'unspecified'],
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'shared'],
    ['127.0.0.0/8', 'loopback'],
    ['168.63.129.16/32', 'metadata'],
    ['169.254.0.0/16', 'link-local'],
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'reserved'],
    ['192.0.2.0/24', 'documentation'],
    ['192.31.196.0/24', 'anycast'],
    ['192.52.193.0/24', 'tunnel'],
    ['192.88.99.0/24', 'tunnel'],
    ['192.168.0.0/16', 'private'],
    ['192.175.48.0/24', 'anycast'],
    ['198.18.0.0/15', 'benchmark'],
    ['198.51.100.0/24', 'documentation'],
    ['203.0.113.0/24', 'documentation'],
    ['224.0.0.0/4', 'multicast'],
    ['240.0.0.0/4', 'reserved'],
    ['::/128', 'unspecified'],
    ['::1/128', 'loopback'],
    ['::/96', 'translated'],
    ['::ffff:0:0/96', 'translated'],
    ['::ffff:0:0:0/96', 'translated'],
    ['64:ff9b::/96', 'translated'],
    ['64:ff9b:1::/48', 'translated'],
    ['2001::/32', 'tunnel'],
    ['2001:2::/48', 'benchmark'],
    ['2001::/23', 'reserved'],
    ['2001:db8::/32', 'documentation'],
    ['2002::/16', 'tunnel'],
    ['2620:4f:8000::/48', 'anycast'],
    ['3ffe::/16', 'reserved'],
    ['3fff::/20', 'documentation'],
    ['fc00::/7', 'private'],
    ['fe80::/10', 'link-local'],
    ['fec0::/10', 'site-local'],
    ['ff00::/8', 'multicast'],
  ] as const
).map(([cidr, kind]) => readRange(cidr, kind));

const GLOBAL_UNICAST = readRange('2000::/3', 'public');

interface Range {
  readonly prefix: Uint8Array;
  readonly bits: number;
  readonly kind: AddressKind;
}

/** The kind of an address in its usual text form; anything else, such as `127.1` or a zone, is `unreadable`. */
export function kindOfAddress(text: string): AddressKind {
  const address = parseAddress(text);
  if (address === undefined) return 'unreadable';
  const range = RANGES.find((candidate) => holds(candidate, address));
  if (range !== undefined) return range.kind;
  if (address.length === 4) return 'public';
  if (isIsatap(address)) return 'tunnel';
  return holds(GLOBAL_UNICAST, address) ? 'public' : 'reserved';
}

/** 4 or 16 bytes; undefined unless the text is a whole IPv4 or IPv6 address. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** The address a URL's host is, without its brackets; undefined where the host is a name. */
export function addressOfHost(host: string): string | undefined {
  const text = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return parseAddress(text) === undefined ? undefined : text;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const isByte = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  return parts.every(isByte) ? Uint8Array.from(parts, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = readGroups(halves[1] ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...tail]);
}

/** Bytes of colon-separated groups; the last may be an IPv4 address where the text ends with it. */
function readGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const embedded = mayEndInIpv4 && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (embedded === undefined) return undefined;
    bytes.push(...embedded);
  }
  return bytes;
}

function readRange(cidr: string, kind: AddressKind): Range {
  const [address = '', bits = ''] = cidr.split('/');
  const prefix = parseAddress(address);
  if (prefix === undefined) throw new Error(`Not an address range: ${cidr}`);
  return { prefix, bits: Number(bits), kind };
}

function holds(range: Range, address: Uint8Array): boolean {
  if (range.prefix.length !== address.length) return false;
  for (let index = 0; index * 8 < range.bits; index += 1) {
    const mask = (0xff << Math.max(0, 8 - (range.bits - index * 8))) & 0xff;
    if (((address[index] ?? 0) & mask) !== ((range.prefix[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** An interface identifier that carries an IPv4 address (RFC 5214). */
function isIsatap(address: Uint8Array): boolean {
  const [universal, zero, five, fe] = address.subarray(8, 12);
  return (universal === 0 || universal === 2) && zero === 0 && five === 0x5e && fe === 0xfe;
}
