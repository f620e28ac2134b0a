/** Before anything is sent: a dry run of what was saved switched off; then it is switched on. */
import { Play, TestTube } from 'lucide-react';
import type { Said } from '../../../edit/draft.ts';
import { Button } from '../../../parts/button.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { say } from '../../../words/text.ts';

/** What follows the save that was asked for. */
export type After = 'look' | 'dry-run' | 'on';

interface TryPartProps {
  readonly said: Said;
  readonly isPending: boolean;
  readonly save: (next: After) => void;
}

export function TryPart({ said, isPending, save }: TryPartProps) {
  const open = said.problems.length + said.warnings.length;
  return (
    <Panel title={say('part.try')}>
      <p className="muted">{say(open === 0 ? 'syncForm.ready' : 'syncForm.open', { n: open })}</p>
      <div className="row">
        <Button icon={TestTube} acts isPending={isPending} onPress={() => save('dry-run')}>
          {say('syncForm.dryRun')}
        </Button>
        <Button icon={Play} acts isPending={isPending} onPress={() => save('on')}>
          {say('syncForm.on')}
        </Button>
      </div>
    </Panel>
  );
}
