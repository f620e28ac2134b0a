/** The way back, never deeper than three. */
import { Link } from '@tanstack/react-router';
import { say } from '../words/text.ts';
import { Name } from './name.tsx';

interface CrumbsProps {
  readonly sync?: { readonly id: string; readonly name: string };
  readonly destinations?: boolean;
  readonly here?: string;
}

export function Crumbs({ sync, destinations = false, here }: CrumbsProps) {
  return (
    <nav className="crumbs small" aria-label={say('nav.crumbs')}>
      {destinations ? (
        <Link to="/destinations">{say('nav.destinations')}</Link>
      ) : (
        <Link to="/">{say('nav.home')}</Link>
      )}
      {sync && (
        <>
          <span aria-hidden="true">›</span>
          <Link to="/syncs/$sync" params={{ sync: sync.id }}>
            <Name>{sync.name}</Name>
          </Link>
        </>
      )}
      {here !== undefined && (
        <>
          <span aria-hidden="true">›</span>
          <span aria-current="page">{here}</span>
        </>
      )}
    </nav>
  );
}
