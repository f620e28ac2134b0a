/** For whoever has no link: a token of access.json, kept in this tab alone. */
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { forgetToken, keepToken } from '../api/session.ts';
import { say } from '../words/text.ts';
import { Button } from './button.tsx';

export function SignInForm({ done }: { done: () => void }) {
  const [token, setToken] = useState('');
  const [isRefused, setRefused] = useState(false);
  const enter = async () => {
    const answer = await fetch('/v1/syncs?limit=1', {
      headers: { authorization: `Bearer ${token.trim()}` },
    }).catch(() => undefined);
    setRefused(!answer?.ok);
    if (!answer?.ok) {
      forgetToken();
      return;
    }
    keepToken(token.trim());
    done();
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <p>{say('signIn.how')}</p>
      <TextField
        className="field"
        type="password"
        value={token}
        onChange={setToken}
        isInvalid={isRefused}
      >
        <Label>{say('signIn.token')}</Label>
        <Input className="input code" autoComplete="off" />
      </TextField>
      {isRefused && (
        <p className="problem" role="alert">
          {say('signIn.refused')}
        </p>
      )}
      <div className="row">
        <Button look="primary" isDisabled={token.trim() === ''} onPress={() => void enter()}>
          {say('signIn.do')}
        </Button>
      </div>
    </form>
  );
}
