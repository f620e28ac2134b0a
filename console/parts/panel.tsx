/** A part of a page in its own frame: it loads alone, and fails alone. */
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { errorOf } from '../api/client.ts';
import { say } from '../words/text.ts';
import { Button } from './button.tsx';

interface PanelProps {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Tables reach to the frame. */
  readonly flush?: boolean;
}

export function Panel({ title, actions, children, flush = false }: PanelProps) {
  const id = useId();
  return (
    <section className={flush ? 'panel flush' : 'panel'} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

type Asked<T> = Pick<
  UseQueryResult<T>,
  'data' | 'error' | 'isPending' | 'isPlaceholderData' | 'refetch' | 'isFetching'
>;

interface AskedProps<T> {
  readonly query: Asked<T>;
  /** Of what will stand here. */
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

/** What was seen stays; grey blocks stand where nothing was seen yet. */
export function WhenAsked<T>({ query, rows = 4, children }: AskedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure error={query.error} again={() => void query.refetch()} />;
  return <Blocks rows={rows} again={() => void query.refetch()} />;
}

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const { code, message } = errorOf(error);
  return (
    <div className="failure" role="alert">
      <p>{message}</p>
      <div className="row">
        <Link to="/help/$code" params={{ code }} className="code">
          {code}
        </Link>
        {again && <Button onPress={again}>{say('act.again')}</Button>}
      </div>
    </div>
  );
}

const blankMs = 150;
const longMs = 10_000;

function Blocks({ rows, again }: { rows: number; again: () => void }) {
  const [waited, setWaited] = useState<'blank' | 'blocks' | 'long'>('blank');
  useEffect(() => {
    const first = setTimeout(() => setWaited('blocks'), blankMs);
    const second = setTimeout(() => setWaited('long'), longMs);
    return () => {
      clearTimeout(first);
      clearTimeout(second);
    };
  }, []);
  return (
    <div className="blocks" data-waited={waited} aria-busy="true">
      <span className="hidden-text">{say('load.asking')}</span>
      {Array.from({ length: Math.min(rows, 8) }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <span key={place} className="block" />
      ))}
      {waited === 'long' && (
        <div className="row muted">
          {say('load.long')} <Button onPress={again}>{say('act.again')}</Button>
        </div>
      )}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** An empty place says what is so, and what to do. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className="empty">
      <p className="strong">{title}</p>
      {children && <p className="muted">{children}</p>}
      {action}
    </div>
  );
}
