/** Leaving what is not saved asks once: the draft may be kept in this tab, or discarded. */
import { useBlocker } from '@tanstack/react-router';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { say } from '../words/text.ts';
import type { Draft } from './draft.ts';

interface LeavingProps {
  readonly draft: Draft;
  /** Typed beside the draft, and kept nowhere. */
  readonly hasMore?: boolean;
  /** Where one still is on the same form. */
  readonly stays?: (path: string) => boolean;
}

export function Leaving({ draft, hasMore = false, stays = () => false }: LeavingProps) {
  const isUnsaved = draft.changed.length > 0 || hasMore;
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      isUnsaved && next.pathname !== current.pathname && !stays(next.pathname),
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  const { proceed, reset } = blocker;
  return (
    <Dialog title={say('leave.title')} isOpen close={reset}>
      <p>{say(hasMore ? 'leave.whatSecrets' : 'leave.what', { n: draft.changed.length })}</p>
      <div className="row actions-end">
        <Button autoFocus onPress={reset}>
          {say('leave.stay')}
        </Button>
        <Button onPress={proceed}>{say('leave.keep')}</Button>
        <Button
          look="danger"
          onPress={() => {
            draft.discard();
            proceed();
          }}
        >
          {say('leave.discard')}
        </Button>
      </div>
    </Dialog>
  );
}
