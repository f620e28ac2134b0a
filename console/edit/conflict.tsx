/** Somebody saved meanwhile: only what differs, as it began, yours, and theirs; nothing typed is lost. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { newestChangeQuery } from '../api/queries.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { When } from '../parts/when.tsx';
import { Words } from '../parts/words.tsx';
import { say } from '../words/text.ts';
import { type Clash, clashesOf, merged, type Side } from './conflict.ts';
import type { Draft } from './draft.ts';
import type { Json, Settings } from './pointer.ts';
import { placeName, valueText } from './words.ts';

interface ConflictProps {
  readonly thing: string;
  readonly draft: Draft;
  readonly theirs: Settings;
  readonly version: number;
  readonly close: () => void;
  /** The draft is theirs and yours in one, of their version. */
  readonly settled: (settings: Settings, version: number) => void;
}

export function Conflict(props: ConflictProps) {
  const { thing, draft, theirs, version, close, settled } = props;
  const clashes = clashesOf(draft.began, draft.now, theirs);
  const [said, setSaid] = useState<ReadonlyMap<string, Side>>(new Map());
  const chosen = new Map(
    clashes.flatMap(({ pointer, preset }) => {
      const side = said.get(pointer) ?? preset;
      return side === undefined ? [] : [[pointer, side] as const];
    }),
  );
  const open = clashes.length - chosen.size;
  const take = () => {
    const settings = merged(theirs, clashes, chosen);
    draft.rebase(theirs, version, settings);
    settled(settings, version);
    close();
  };
  return (
    <Dialog title={say('conflict.title')} isOpen close={close} as="sheet">
      <p>
        <Who thing={thing} /> {say('conflict.what', { n: clashes.length })}
      </p>
      <ul className="stack">
        {clashes.map((clash) => (
          <li key={clash.pointer}>
            <Row
              clash={clash}
              side={chosen.get(clash.pointer)}
              choose={(side) => setSaid(new Map(said).set(clash.pointer, side))}
            />
          </li>
        ))}
      </ul>
      <div className="row actions-end">
        {open > 0 && <span className="muted">{say('conflict.open', { n: open })}</span>}
        <Button onPress={close}>{say('leave.stay')}</Button>
        <Button look="primary" acts isDisabled={open > 0} onPress={take}>
          {say('conflict.take')}
        </Button>
      </div>
    </Dialog>
  );
}

function Who({ thing }: { thing: string }) {
  const { data } = useQuery(newestChangeQuery(thing));
  if (!data) return say('conflict.somebody');
  return (
    <Words
      text="conflict.by"
      values={{ who: <strong>{data.who}</strong>, at: <When at={data.at} as="moment" /> }}
    />
  );
}

interface RowProps {
  readonly clash: Clash;
  readonly side: Side | undefined;
  readonly choose: (side: Side) => void;
}

function Row({ clash: { pointer, before, yours, theirs }, side, choose }: RowProps) {
  const way = (value: Side, text: string, shown: Json | undefined) => (
    <label className="clash-side" data-chosen={side === value || undefined}>
      <span className="tick">
        <input
          type="radio"
          name={`clash ${pointer}`}
          checked={side === value}
          onChange={() => choose(value)}
        />
        {text}
      </span>
      <pre>{valueText(shown)}</pre>
    </label>
  );
  return (
    <fieldset className="clash">
      <legend>
        <code>{placeName(pointer)}</code>
      </legend>
      <div className="clash-side">
        <span className="muted">{say('conflict.before')}</span>
        <pre>{valueText(before)}</pre>
      </div>
      {way('yours', say('conflict.yours'), yours)}
      {way('theirs', say('conflict.theirs'), theirs)}
    </fieldset>
  );
}
