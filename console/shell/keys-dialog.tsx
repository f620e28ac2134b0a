/** All keys, and the switch for those of one letter. */
import { useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { say, type TextName } from '../words/text.ts';
import { lettersAreOff } from './keys.ts';

const keys = [
  ['⌘K / Ctrl K', 'keys.find'],
  ['/', 'keys.filter'],
  ['g h · g r · g d · g a', 'keys.go'],
  ['j · k', 'keys.rows'],
  ['Enter', 'keys.open'],
  ['Esc', 'keys.close'],
  ['[ · ]', 'keys.runs'],
  ['r · d', 'keys.run'],
  ['u · y', 'keys.copy'],
  ['c', 'keys.link'],
  ['x', 'keys.people'],
  ['?', 'keys.all'],
] as const satisfies readonly (readonly [string, TextName])[];

export function KeysDialog({ close }: { close: () => void }) {
  const [off, setOff] = useState(lettersAreOff);
  return (
    <Dialog title={say('keys.title')} isOpen close={close}>
      <dl className="pairs">
        {keys.map(([key, text]) => (
          <div key={text}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{say(text)}</dd>
          </div>
        ))}
      </dl>
      <label className="row">
        <input
          type="checkbox"
          checked={!off}
          onChange={(event) => {
            setOff(!event.target.checked);
            localStorage.setItem('letters', event.target.checked ? 'on' : 'off');
          }}
        />
        {say('keys.letters')}
      </label>
    </Dialog>
  );
}
