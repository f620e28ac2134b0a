/** A 401 asks over the page; what was begun below it stays. */
import { useQueryClient } from '@tanstack/react-query';
import { signedIn, useReach } from '../api/reach.ts';
import { Dialog } from '../parts/dialog.tsx';
import { SignInForm } from '../parts/sign-in-form.tsx';
import { say } from '../words/text.ts';

export function SignInAgain() {
  const { isSignedOut } = useReach();
  const queries = useQueryClient();
  const done = () => {
    signedIn();
    void queries.refetchQueries({ type: 'active' });
  };
  return (
    <Dialog title={say('signIn.again')} isOpen={isSignedOut} close={() => undefined}>
      <SignInForm done={done} />
    </Dialog>
  );
}
