/** Nobody is known here: how to get in. */
import { goToIssuer } from '../api/issuer.ts';
import { Button } from '../parts/button.tsx';
import { SignInForm } from '../parts/sign-in-form.tsx';
import { say } from '../words/text.ts';

const titles = {
  out: 'signIn.title',
  'code-used': 'signIn.used',
  refused: 'signIn.refusedByIssuer',
} as const;

export function SignedOut({ why }: { why: keyof typeof titles }) {
  return (
    <main className="alone stack">
      <h1>{say(titles[why])}</h1>
      {why === 'refused' ? (
        <div className="row">
          <Button look="primary" onPress={() => void goToIssuer()}>
            {say('signIn.do')}
          </Button>
        </div>
      ) : (
        <SignInForm done={() => location.reload()} />
      )}
    </main>
  );
}
