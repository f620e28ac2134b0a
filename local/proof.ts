/**
 * A server shows that it is the one of a folder before anybody gives it a token: it knows what stands in the folder's
 * access.json, and whoever came to listen at an old address does not.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const path = '/proof';
/** Of the word that is asked, in characters. */
const askedLength = 32;

const proofOf = (token: string, asked: string): string =>
  createHmac('sha256', token).update(`proof ${asked}`).digest('hex');

/** Undefined where something else is asked for. */
export function proofFor(request: Request, token: string): Response | undefined {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== path || request.method !== 'GET') return undefined;
  const asked = searchParams.get('of') ?? '';
  if (asked.length !== askedLength) return new Response(null, { status: 400 });
  return new Response(proofOf(token, asked), { headers: { 'cache-control': 'no-store' } });
}

/** Sends nothing that is secret. @param url of the server, without a slash at its end */
export async function isProven(url: string, token: string): Promise<boolean> {
  const asked = randomBytes(askedLength / 2).toString('hex');
  const right = Buffer.from(proofOf(token, asked));
  try {
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(`${url}${path}?of=${asked}`, { signal, redirect: 'error' });
    const given = Buffer.from((await answer.text()).slice(0, 1_000));
    return given.length === right.length && timingSafeEqual(given, right);
  } catch {
    return false;
  }
}
