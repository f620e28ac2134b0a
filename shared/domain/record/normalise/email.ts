/**
 * Addresses. Lower case and no white space anywhere is what Google, TikTok and LinkedIn ask for, and does no harm
 * at Meta, which asks for the ends alone. The Gmail rule is Google's; TikTok drops `+suffix` at every domain.
 */
import type { NormaliseRule } from '../../../contracts/normalise.ts';

type EmailRule = Extract<NormaliseRule, { rule: 'email' }>;

const invisible = /[\s\p{Cf}]/gu;
const ascii = /^[!-~]*$/;
const gmail = new Set(['gmail.com', 'googlemail.com']);

/** Undefined where the text is no address: not one `@`, or nothing on one side of it. */
export function email(text: string, rule: EmailRule): string | undefined {
  const clean = ascii.test(text)
    ? text.toLowerCase()
    : text.replace(invisible, '').toLowerCase().normalize('NFC');
  const at = clean.indexOf('@');
  if (at < 1 || at === clean.length - 1 || clean.includes('@', at + 1)) return undefined;
  if (!rule.gmail && rule.plusSuffix === 'keep') return clean;
  const domain = clean.slice(at + 1);
  const local = localPart(clean.slice(0, at), rule, gmail.has(domain));
  // Composed again: what was taken out may have stood between a letter and its accent.
  return local === '' ? undefined : `${local}@${domain}`.normalize('NFC');
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
