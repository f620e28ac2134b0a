/** What moves the ground under members is refused until somebody says what becomes of them. */
import { useState } from 'react';
import type { Said } from '../../../edit/draft.ts';
import { Button } from '../../../parts/button.tsx';
import { Confirm } from '../../../parts/confirm.tsx';
import { say } from '../../../words/text.ts';

export interface GroundWords {
  readonly members?: 'leave';
  readonly shared?: 'allow';
}

const ways: Readonly<Record<string, GroundWords>> = {
  'members-left-behind': { members: 'leave' },
  'audience-shared': { shared: 'allow' },
};

interface GroundProps {
  readonly said: Said | undefined;
  readonly id: string;
  readonly go: (words: GroundWords) => void;
}

export function Ground({ said, id, go }: GroundProps) {
  const [isAsked, setAsked] = useState(false);
  const problem = said?.problems.find(({ code }) => ways[code] !== undefined);
  const words = problem && ways[problem.code];
  if (!problem || !words) return null;
  const text = words.members ? 'ground.leave' : 'ground.share';
  return (
    <div className="note" data-tone="held" role="alert">
      <p>{problem.message}</p>
      <div className="row">
        <Button acts onPress={() => setAsked(true)}>
          {say(text)}
        </Button>
      </div>
      <Confirm
        title={say(text)}
        verb={say(text)}
        isOpen={isAsked}
        close={() => setAsked(false)}
        word={id}
        act={async () => go(words)}
      >
        <p>{say(words.members ? 'ground.leaveWhat' : 'ground.shareWhat')}</p>
      </Confirm>
    </div>
  );
}
