/**
 * Changes that would leave members behind, or let two syncs empty each other: the API refuses them until somebody says
 * that they are meant. A person at the terminal is asked; a script says it with a flag.
 */
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import { ApiRefusal } from './api/client.ts';
import type { GroundWords } from './api/configurations.ts';
import { withoutApi } from './own-words.ts';
import { isAgreed, isInteractive } from './questions.ts';
import type { Session } from './session.ts';

interface Move {
  readonly question: string;
  readonly words: GroundWords;
  readonly mend: string;
}

/** By the code of the refusal. */
const moves: ReadonlyMap<string, Move> = new Map([
  [
    'members-left-behind',
    {
      question: 'Leave them there and forget them?',
      words: { members: 'leave' },
      mend: 'Say --members leave to leave them there and forget them, or remove them first with audience-mirror empty SYNC.',
    },
  ],
  [
    'audience-shared',
    {
      question: 'Do both have the same members?',
      words: { shared: 'allow' },
      mend: 'Give one of them another audience, or say --shared allow if they have the same members.',
    },
  ],
]);

/** Tries, and again with the word that somebody gives. */
export async function moveGround(
  session: Session,
  given: GroundWords,
  attempt: (words: GroundWords) => Promise<void>,
): Promise<void> {
  try {
    await attempt(given);
  } catch (error) {
    const move = error instanceof ApiRefusal ? moves.get(error.code) : undefined;
    if (!move || !(error instanceof ApiRefusal)) throw error;
    const said = withoutApi(error.message);
    const isMeant = isInteractive(session.world) && (await isAgreed(session, said, move.question));
    if (!isMeant) throw new ConfigurationError(error.code, `${said} ${move.mend}`);
    await moveGround(session, { ...given, ...move.words }, attempt);
  }
}
