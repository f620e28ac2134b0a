/** Taking a file of what the platform holds as our account of it: which folder of which bucket. */
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { api, given } from '../../api/client.ts';
import type { Sync } from '../../api/schema.d.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { say } from '../../words/text.ts';
import { useGoToRun } from './go-to-run.ts';

export function AdoptForm({ sync }: { sync: Sync }) {
  const go = useGoToRun(sync.id);
  const [bucket, setBucket] = useState(sync.source.bucket);
  const [prefix, setPrefix] = useState('');
  const [asks, setAsks] = useState(false);
  const adopt = async () =>
    given(
      await api.POST('/syncs/{id}/adopt', {
        params: {
          path: { id: sync.id },
          header: { 'idempotency-key': crypto.randomUUID() },
        },
        body: { source: { bucket, prefix: prefix.trim() } },
      }),
    );
  return (
    <div className="stack">
      <div className="row">
        <TextField className="field" value={bucket} onChange={setBucket}>
          <Label>{say('adopt.bucket')}</Label>
          <Input className="input code" spellCheck={false} />
        </TextField>
        <TextField className="field" value={prefix} onChange={setPrefix}>
          <Label>{say('adopt.prefix')}</Label>
          <Input className="input code" placeholder="platform/customers/" spellCheck={false} />
        </TextField>
      </div>
      <div className="row">
        <Button
          look="danger"
          acts
          isDisabled={bucket === '' || prefix.trim() === ''}
          onPress={() => setAsks(true)}
        >
          {say('adopt.verb')}
        </Button>
      </div>
      <Confirm
        title={say('adopt.title')}
        verb={say('adopt.verb')}
        word={sync.id}
        isOpen={asks}
        close={() => setAsks(false)}
        act={async () => go((await adopt()) as { id?: string })}
      >
        <p>{say('adopt.what', { platform: sync.destination })}</p>
      </Confirm>
    </div>
  );
}
