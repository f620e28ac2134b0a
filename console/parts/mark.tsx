/** What state something is in: a word, a shape and a colour, in that order of trust. */
import {
  ChevronsRight,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleQuestionMark,
  CircleSlash,
  CircleX,
  ClockAlert,
  Contrast,
  Equal,
  FileQuestionMark,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  OctagonPause,
  SquareX,
} from 'lucide-react';
import { sayOf } from '../words/text.ts';

interface Look {
  readonly icon: LucideIcon;
  readonly tone: 'well' | 'waiting' | 'partly' | 'held' | 'failed' | 'running' | 'still';
}

const looks: Readonly<Record<string, Look>> = {
  equal: { icon: CircleCheck, tone: 'well' },
  succeeded: { icon: CircleCheck, tone: 'well' },
  delivered: { icon: CircleCheck, tone: 'well' },
  done: { icon: CircleCheck, tone: 'well' },
  running: { icon: LoaderCircle, tone: 'running' },
  waiting: { icon: Hourglass, tone: 'waiting' },
  differs: { icon: Contrast, tone: 'partly' },
  partial: { icon: Contrast, tone: 'partly' },
  stale: { icon: ClockAlert, tone: 'partly' },
  invalid: { icon: Contrast, tone: 'partly' },
  held: { icon: OctagonPause, tone: 'held' },
  failed: { icon: SquareX, tone: 'failed' },
  rejected: { icon: SquareX, tone: 'failed' },
  refused: { icon: SquareX, tone: 'failed' },
  unreadable: { icon: FileQuestionMark, tone: 'failed' },
  uncertain: { icon: CircleQuestionMark, tone: 'partly' },
  unsent: { icon: CircleDot, tone: 'still' },
  new: { icon: CircleDashed, tone: 'still' },
  off: { icon: CircleSlash, tone: 'still' },
  unchanged: { icon: Equal, tone: 'still' },
  cancelled: { icon: CircleX, tone: 'still' },
  skipped: { icon: ChevronsRight, tone: 'still' },
};
const unknown: Look = { icon: CircleQuestionMark, tone: 'still' };

interface MarkProps {
  readonly state: string;
  /** Instead of the state's usual word. */
  readonly word?: string;
  /** On its tint, as a chip; else plain. */
  readonly chip?: boolean;
}

export function Mark({ state, word, chip = false }: MarkProps) {
  const { icon: Icon, tone } = looks[state] ?? unknown;
  return (
    <span className={chip ? 'mark chip' : 'mark'} data-tone={tone}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      <span>{word ?? sayOf('state', state)}</span>
    </span>
  );
}
