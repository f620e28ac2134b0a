/** Asks once before what can't be taken back: the number stands on the button, and the gravest want a typed word. */
import { type ReactNode, useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { say } from '../words/text.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './panel.tsx';

export interface ConfirmProps {
  readonly title: string;
  readonly children: ReactNode;
  /** A verb and its thing, with the number. */
  readonly verb: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly act: () => Promise<unknown>;
  /** To be typed first. */
  readonly word?: string;
  readonly look?: 'primary' | 'danger';
}

export function Confirm(props: ConfirmProps) {
  const { title, isOpen, close } = props;
  return (
    <Dialog title={title} isOpen={isOpen} close={close}>
      <Body {...props} />
    </Dialog>
  );
}

function Body({ children, verb, close, act, word, look = 'danger' }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const fits = word === undefined || typed.trim() === word;
  const run = async () => {
    setPending(true);
    setError(undefined);
    try {
      await act();
      close();
    } catch (caught) {
      setError(caught);
    } finally {
      setPending(false);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) void run();
      }}
    >
      {children}
      {word !== undefined && (
        <TextField className="field" value={typed} onChange={setTyped} autoFocus>
          <Label>
            {say('confirm.type')} <code>{word}</code>
          </Label>
          <Input className="input code" autoComplete="off" spellCheck={false} />
        </TextField>
      )}
      {error !== undefined && <Failure error={error} />}
      <div className="row actions-end">
        <Button onPress={close} autoFocus={word === undefined}>
          {say('act.back')}
        </Button>
        <Button
          look={look}
          acts
          isDisabled={!fits}
          isPending={isPending}
          onPress={() => void run()}
        >
          {verb}
        </Button>
      </div>
    </form>
  );
}
