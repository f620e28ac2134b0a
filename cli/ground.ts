/**
 * Changes that would leave members behind: the API refuses them until somebody says that this is meant. A person at
 * the terminal is asked; a script says it with a flag.
 */
import { ApiRefusal } from './api/client.ts';
import type { GroundWords } from './api/configurations.ts';
import { isInteractive, questionsOf } from './questions.ts';
import type { Session } from './session.ts';

export interface GroundOptions {
  readonly members?: 'leave' | undefined;
  readonly shared?: 'allow' | undefined;
}

/** Tries, and once more with the word that was given. */
export async function moveGround(
  session: Session,
  given: GroundOptions,
  attempt: (words: GroundWords) => Promise<void>,
): Promise<void> {
  try {
    await attempt(given);
  } catch (error) {
    const word = error instanceof ApiRefusal ? wordFor(error) : undefined;
    if (!word || !isInteractive(session.world)) throw error;
    await session.terminal.note(error instanceof Error ? error.message : '');
    const questions = questionsOf(session);
    try {
      const answer = await questions.ask(`${word.question} (yes or no)`, 'no');
      if (!/^y(es)?$/i.test(answer)) throw error;
    } finally {
      questions.close();
    }
    await attempt({ ...given, ...word.words });
  }
}

function wordFor({ status }: ApiRefusal): { question: string; words: GroundWords } | undefined {
  return status === 409
    ? { question: 'Leave the members at the platform?', words: { members: 'leave' } }
    : undefined;
}
