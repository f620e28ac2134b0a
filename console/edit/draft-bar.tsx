/** What is not saved, what is wrong, and what one can do about both: above every form. */
import { CircleAlert, Save, Undo2 } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../parts/button.tsx';
import { Copy } from '../parts/copy.tsx';
import { say } from '../words/text.ts';
import type { Draft, Said } from './draft.ts';
import { placeName } from './words.ts';
import { YamlEditor } from './yaml-editor.tsx';

interface DraftBarProps {
  readonly draft: Draft;
  readonly said: Said;
  /** Something beside the draft is to be saved: secrets. */
  readonly hasMore?: boolean;
  readonly isPending: boolean;
  readonly verb: string;
  readonly save: () => void;
  readonly yaml: string;
  readonly kind: 'destination' | 'sync';
  readonly children?: ReactNode;
}

export function DraftBar(props: DraftBarProps) {
  const { draft, said, hasMore = false, isPending, verb, save, yaml, kind, children } = props;
  const { changed } = draft;
  const isNew = draft.version === 0;
  const isWanted = changed.length > 0 || hasMore || isNew;
  useSaveKey(isWanted && !isPending ? save : undefined);
  return (
    <section className="draft-bar" aria-label={say('edit.bar')}>
      <div className="draft-told">
        {changed.length > 0 && !isNew && (
          <details>
            <summary>{say('edit.changes', { n: changed.length })}</summary>
            <ul className="bullets small">
              {changed.map((each) => (
                <li key={each}>
                  <code>{placeName(each)}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
        <Problems said={said} />
      </div>
      <div className="row actions-end">
        {children}
        <YamlEditor draft={draft} text={yaml} kind={kind} />
        <span data-key="y">
          <Copy text={yaml}>{say('settings.copyYaml')}</Copy>
        </span>
        {changed.length > 0 && (
          <Button icon={Undo2} onPress={draft.discard}>
            {say('edit.discard')}
          </Button>
        )}
        <Button
          icon={Save}
          look={isWanted ? 'primary' : 'plain'}
          acts
          isDisabled={!isWanted}
          isPending={isPending}
          onPress={save}
        >
          {verb}
        </Button>
      </div>
    </section>
  );
}

/** Each links to its control; after a refused save the summary has the focus. */
function Problems({ said: { problems } }: { said: Said }) {
  if (problems.length === 0) return null;
  return (
    <details className="draft-problems" data-problems>
      <summary>
        <CircleAlert size={16} strokeWidth={1.75} aria-hidden="true" />
        {say('edit.problems', { n: problems.length })} <kbd>F8</kbd>
      </summary>
      <ul className="bullets small">
        {problems.map(({ pointer, message, code, line, column }) => (
          <li key={`${pointer} ${code} ${line}`}>
            <button type="button" className="as-link" onClick={() => goTo(pointer)}>
              {placeName(pointer)}
              {line !== undefined && ` ${line}:${column ?? 1}`}
            </button>{' '}
            {message}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The control at that place, or the nearest around it. */
function goTo(pointer: string): void {
  for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
    const found = document.querySelector<HTMLElement>(`main [data-at="${CSS.escape(place)}"]`);
    if (!found) continue;
    found.focus();
    found.scrollIntoView({ block: 'center' });
    return;
  }
}

/** After a refused save. */
export function showProblems(): void {
  const summary = document.querySelector<HTMLDetailsElement>('main [data-problems]');
  if (!summary) return;
  summary.open = true;
  summary.querySelector('summary')?.focus();
}

function useSaveKey(save: (() => void) | undefined): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === 'F8') nextProblem();
      else if (event.key === 's' && (event.metaKey || event.ctrlKey)) latest.current?.();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

function nextProblem(): void {
  const all = [
    ...document.querySelectorAll<HTMLElement>('main [aria-invalid=true], main [data-invalid]'),
  ];
  const { activeElement } = document;
  const here = activeElement instanceof HTMLElement ? all.indexOf(activeElement) : -1;
  const next = all[(here + 1) % all.length];
  next?.focus();
  next?.scrollIntoView({ block: 'center' });
}
