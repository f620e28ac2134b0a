/** Erasing: everywhere, for good. The numbers first, then a typed word. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserX } from 'lucide-react';
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { api, given } from '../../api/client.ts';
import type { Sync } from '../../api/schema.d.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Failure } from '../../parts/panel.tsx';
import { say } from '../../words/text.ts';

export function EraseForm({ sync, initial }: { sync: Sync; initial: string }) {
  const [texts, setTexts] = useState<readonly string[]>([initial]);
  const [asks, setAsks] = useState(false);
  const queries = useQueryClient();
  const values = sync.key.map((_, place) => texts[place]?.trim() ?? '');
  const body = { keys: [values], evenIfInSnapshot: false };
  const params = { path: { id: sync.id } };
  const foresee = useMutation({
    mutationFn: async () =>
      given(
        await api.POST('/syncs/{id}/erasures', {
          params: { ...params, query: { dryRun: 'true' } },
          body,
        }),
      ),
    onSuccess: () => setAsks(true),
  });
  const erase = useMutation({
    mutationFn: () =>
      api.POST('/syncs/{id}/erasures', {
        params: { ...params, header: { 'idempotency-key': crypto.randomUUID() } },
        body,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sync', sync.id] }),
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        foresee.mutate();
      }}
    >
      <p className="muted">{say('erase.what', { platform: sync.destination })}</p>
      {sync.key.map((column, place) => (
        <TextField
          key={column}
          className="field"
          value={texts[place] ?? ''}
          onChange={(text) =>
            setTexts(sync.key.map((_, each) => (each === place ? text : (texts[each] ?? ''))))
          }
        >
          <Label>{column}</Label>
          <Input className="input" autoComplete="off" spellCheck={false} />
        </TextField>
      ))}
      {foresee.error && <Failure error={foresee.error} />}
      <div className="row">
        <Button
          icon={UserX}
          look="danger"
          acts
          isDisabled={values.includes('')}
          isPending={foresee.isPending}
          onPress={() => foresee.mutate()}
        >
          {say('erase.do')}
        </Button>
      </div>
      <Confirm
        title={say('erase.confirm')}
        verb={say('erase.verb')}
        word={sync.id}
        isOpen={asks}
        close={() => setAsks(false)}
        act={() => erase.mutateAsync()}
      >
        <p>{say('erase.confirmWhat', { platform: sync.destination })}</p>
      </Confirm>
    </form>
  );
}
