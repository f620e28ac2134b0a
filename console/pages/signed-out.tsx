/** Nobody is known here: how to get in. */
import { SignInForm } from '../parts/sign-in-form.tsx';
import { say } from '../words/text.ts';

export function SignedOut({ why }: { why: 'out' | 'code-used' }) {
  return (
    <main className="alone stack">
      <h1>{say(why === 'out' ? 'signIn.title' : 'signIn.used')}</h1>
      <SignInForm done={() => location.reload()} />
    </main>
  );
}
