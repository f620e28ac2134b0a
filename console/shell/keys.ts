/** What is clicked has its key. Single letters sleep in fields and can be turned off. */
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { switchPeople } from './people-switch.tsx';

export type Floating = 'find' | 'keys' | 'more' | undefined;

const going = { h: '/', r: '/runs', d: '/destinations', a: '/audit' } as const;
const sequenceMs = 1_000;

export const lettersAreOff = (): boolean => localStorage.getItem('letters') === 'off';

/** Also within a shadow root, as an editor's text is. */
function isTyping(event: Event): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function useKeys(float: (what: Floating) => void): void {
  const router = useRouter();
  useEffect(() => {
    let begunAt = 0;
    const press = (event: KeyboardEvent) => {
      const { key } = event;
      if ((event.metaKey || event.ctrlKey) && key.toLowerCase() === 'k') {
        event.preventDefault();
        float('find');
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return;
      if (lettersAreOff() || document.querySelector('[role=dialog]')) return;
      const isSecond = Date.now() - begunAt < sequenceMs;
      begunAt = key === 'g' ? Date.now() : 0;
      if (isSecond && key in going) {
        void router.navigate({ to: going[key as keyof typeof going] });
        return;
      }
      if (act(key, float)) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [router, float]);
}

function act(key: string, float: (what: Floating) => void): boolean {
  switch (key) {
    case '?':
      float('keys');
      return true;
    case 'x':
      switchPeople();
      return true;
    case '/':
      return focusOn(
        document.querySelector<HTMLElement>('main input[type=search], main [data-filter]'),
      );
    case 'j':
      return step(1);
    case 'k':
      return step(-1);
    case 'c':
      void navigator.clipboard.writeText(location.href);
      return true;
    default: {
      const wanted = document.querySelector<HTMLElement>(`main [data-key="${CSS.escape(key)}"]`);
      const button = wanted?.matches('a, button')
        ? wanted
        : wanted?.querySelector<HTMLElement>('a, button');
      button?.click();
      return button !== undefined && button !== null;
    }
  }
}

function focusOn(element: HTMLElement | null): boolean {
  element?.focus();
  return element !== null;
}

/** Through the rows of the page, in the order that they are seen. */
function step(by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  const { activeElement } = document;
  const place = activeElement instanceof HTMLElement ? rows.indexOf(activeElement) : -1;
  const next = rows[place < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, place + by))];
  return focusOn(next ?? null);
}
