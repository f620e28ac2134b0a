/**
 * Who looks. On a laptop the address that was opened holds a code behind `#`, good once: it is taken out of the history and
 * given for a token, which stays in this tab's sessionStorage. A further tab of the same origin gets it from one that is open.
 * On AWS an issuer of tokens is gone to and comes back from (issuer.ts).
 */
import { goToIssuer, isBack, takenBack } from './issuer.ts';

const place = 'token';
const channel = () => new BroadcastChannel('session');
const askMs = 250;
const renewMs = 3_600_000;

export const storedToken = (): string | undefined => sessionStorage.getItem(place) ?? undefined;

export function keepToken(token: string): void {
  sessionStorage.setItem(place, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(place);
}

export type SignIn = 'in' | 'out' | 'code-used' | 'leaving' | 'refused';

/** Once, before anything is asked. */
export async function signIn(): Promise<SignIn> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code !== undefined) {
    history.replaceState(history.state, '', location.pathname + location.search);
    const answer = await fetch('/console/session', { method: 'POST', body: code });
    if (answer.ok) keep(await answer.json());
    else if (storedToken() === undefined && !(await askOthers())) return 'code-used';
  } else if (isBack()) {
    const token = await takenBack();
    if (token === undefined) return 'refused';
    keepToken(token);
  } else if (storedToken() === undefined && !(await askOthers()) && (await goToIssuer())) {
    return 'leaving';
  }
  answerOthers();
  setInterval(() => void renew(), renewMs);
  return storedToken() === undefined ? 'out' : 'in';
}

function keep(answer: unknown): void {
  if (typeof answer === 'object' && answer && 'token' in answer && typeof answer.token === 'string')
    keepToken(answer.token);
}

function askOthers(): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = channel();
    const end = (isFound: boolean) => {
      ask.close();
      resolve(isFound);
    };
    ask.addEventListener('message', ({ data }: MessageEvent<{ token?: string }>) => {
      if (data.token === undefined) return;
      keepToken(data.token);
      end(true);
    });
    ask.postMessage({});
    setTimeout(() => end(storedToken() !== undefined), askMs);
  });
}

function answerOthers(): void {
  const answer = channel();
  answer.addEventListener('message', ({ data }: MessageEvent<{ token?: string }>) => {
    const token = storedToken();
    if (data.token === undefined && token !== undefined) answer.postMessage({ token });
  });
}

/** A session of a laptop ends twelve hours after its last renewal; a token of access.json is none and stays. */
async function renew(): Promise<void> {
  const token = storedToken();
  if (!token?.startsWith('c-')) return;
  const answer = await fetch('/console/renewal', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => undefined);
  if (answer?.ok) keep(await answer.json());
}
