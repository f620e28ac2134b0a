/** Asks before something that cannot simply be taken back; a script says with --yes that it is meant. */
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import { isAgreed, isInteractive } from './questions.ts';
import type { Session } from './session.ts';

/**
 * `told`: a sentence that says what will be done.
 * @throws ConfigurationError `not-confirmed`
 */
export async function confirm(session: Session, isSaid: boolean, told: string): Promise<void> {
  if (isSaid) return;
  const mayAsk = isInteractive(session.world);
  if (mayAsk && (await isAgreed(session, told, 'Go on?'))) return;
  throw new ConfigurationError(
    'not-confirmed',
    mayAsk
      ? 'Nothing was done. Answer yes, or say --yes, if it is meant.'
      : `${told} Nothing was done yet: say --yes if that is meant.`,
  );
}
