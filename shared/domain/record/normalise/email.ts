/**
 * Addresses. Lower case and no white space anywhere is what Google, TikTok and LinkedIn ask for, and does no harm
 * at Meta, which asks for the ends alone. The Gmail rule is Google's; TikTok drops `+suffix` at every domain.
 */
import type { NormaliseRule } from '../../../contracts/normalise.ts';
import { visible } from './text.ts';

type EmailRule = Extract<NormaliseRule, { rule: 'email' }>;

const ascii = /^[!-~]*$/;
const gmail = new Set(['gmail.com', 'googlemail.com']);

/** Undefined where the text is no address; `lookOf` says what it is instead. */
export function email(text: string, rule: EmailRule): string | undefined {
  const clean = ascii.test(text)
    ? text.toLowerCase()
    : visible(text).replace(/\s/g, '').toLowerCase().normalize('NFC');
  const at = clean.indexOf('@');
  if (at < 1 || !isLocal(clean.slice(0, at))) return undefined;
  const host = hostOf(clean.slice(at + 1), rule);
  if (host === undefined) return undefined;
  const local = localPart(clean.slice(0, at), rule, gmail.has(host));
  // Composed again: what was taken out may have stood between a letter and its accent.
  return local === '' ? undefined : `${local}@${host}`.normalize('NFC');
}

/** Letters and digits of any script but full-width ones, and the marks that stand in addresses without quotes. */
const localPattern = /^[^\p{C}\s"(),:;<>@[\\\]\uff00-\uffef\u3002]+$/u;
const isLocal = (local: string): boolean =>
  localPattern.test(local) && !local.startsWith('mailto:');

const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?`;
const hostPattern = new RegExp(String.raw`^(?:${label}\.)+(?![\d]+$)${label}$`, 'u');
const fullWidth = /[\uff00-\uffef\u3002]/;

function hostOf(host: string, rule: EmailRule): string | undefined {
  if (!hostPattern.test(host) || fullWidth.test(host)) return undefined;
  if (rule.host === 'keep' || ascii.test(host)) return host;
  const address = `http://${host}`;
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}

function localPart(local: string, rule: EmailRule, isGmail: boolean): string {
  const byGmail = rule.gmail && isGmail;
  const bare = byGmail || rule.plusSuffix === 'remove' ? beforePlus(local) : local;
  return byGmail ? bare.replaceAll('.', '') : bare;
}

function beforePlus(local: string): string {
  const plus = local.indexOf('+');
  return plus < 0 ? local : local.slice(0, plus);
}

/** What stands there in place of an address; undefined where it is like nothing known. */
export function emailLook(text: string): string | undefined {
  const clean = visible(text).trim();
  if (/^mailto:/i.test(clean)) return 'a link that begins with mailto:';
  if (/<[^<>]*@[^<>]*>/.test(clean)) return 'an address with a display name';
  if (fullWidth.test(clean)) return 'an address in full-width letters';
  if ((clean.match(/@/g)?.length ?? 0) > 1) return 'several addresses, or one with two @';
  if (/[.,;]$/.test(clean)) return 'an address with a mark behind it';
  if (/^".*"@/.test(clean)) return 'an address in quotes';
  return /^[^@]+@[^@.]+$/.test(clean) ? 'an address whose host has no dot' : undefined;
}
