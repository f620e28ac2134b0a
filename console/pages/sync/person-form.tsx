/** A member's key, typed: it goes on in memory, as no address may hold it. */
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { Button } from '../../parts/button.tsx';
import { say } from '../../words/text.ts';

let asked: { readonly sync: string; readonly key: string } | undefined;

/** For the page that is gone to next. */
export function askForKey(sync: string, key: string): void {
  asked = { sync, key };
}

/** The key that was asked for last, once. */
export function takeAskedKey(sync: string): string | undefined {
  const key = asked?.sync === sync ? asked.key : undefined;
  asked = undefined;
  return key;
}

interface PersonFormProps {
  readonly sync: string;
  /** Where it is asked for on this very page. */
  readonly find?: (key: string) => void;
  readonly initial?: string;
}

export function PersonForm({ sync, find, initial = '' }: PersonFormProps) {
  const navigate = useNavigate();
  const [key, setKey] = useState(initial);
  const go = () => {
    if (key.trim() === '') return;
    if (find) {
      find(key.trim());
      return;
    }
    askForKey(sync, key.trim());
    void navigate({ to: '/syncs/$sync/people', params: { sync } });
  };
  return (
    <form
      className="stack stack-tight"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <div className="field-with-button">
        <TextField className="field" value={key} onChange={setKey}>
          <Label>{say('person.key')}</Label>
          <Input className="input" autoComplete="off" spellCheck={false} data-filter />
        </TextField>
        <Button icon={Search} isDisabled={key.trim() === ''} onPress={go}>
          {say('person.find')}
        </Button>
      </div>
      <p className="muted small">{say('person.what')}</p>
    </form>
  );
}
