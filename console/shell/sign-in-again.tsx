/** A 401 asks over the page; what was begun below it stays. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { goToIssuer, hasIssuer } from '../api/issuer.ts';
import { signedIn, useReach } from '../api/reach.ts';
import { forgetToken } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SignInForm } from '../parts/sign-in-form.tsx';
import { say } from '../words/text.ts';

export function SignInAgain() {
  const { isSignedOut } = useReach();
  const queries = useQueryClient();
  const [isAtIssuer, setAtIssuer] = useState(false);
  useEffect(() => {
    if (isSignedOut) void hasIssuer().then(setAtIssuer);
  }, [isSignedOut]);
  const done = () => {
    signedIn();
    void queries.refetchQueries({ type: 'active' });
  };
  return (
    <Dialog title={say('signIn.again')} isOpen={isSignedOut} close={() => undefined}>
      {isAtIssuer ? (
        <div className="stack">
          <p>{say('signIn.ended')}</p>
          <div className="row">
            <Button
              look="primary"
              onPress={() => {
                forgetToken();
                void goToIssuer();
              }}
            >
              {say('signIn.do')}
            </Button>
          </div>
        </div>
      ) : (
        <SignInForm done={done} />
      )}
    </Dialog>
  );
}
