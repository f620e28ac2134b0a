/** An address that leads nowhere. */
import { Link } from '@tanstack/react-router';
import { useTitle } from '../shell/shell.tsx';
import { say } from '../words/text.ts';

export function NotFound() {
  useTitle(say('notFound.title'));
  return (
    <div className="stack">
      <h1>{say('notFound.title')}</h1>
      <p>{say('notFound.what')}</p>
      <p>
        <Link to="/">{say('notFound.home')}</Link>
      </p>
    </div>
  );
}
