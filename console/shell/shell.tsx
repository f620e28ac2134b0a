/** The frame of all pages: where one can go, whether the system answers, who one is. */
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { say } from '../words/text.ts';
import { type Floating, useKeys } from './keys.ts';
import { OfflineBar } from './offline-bar.tsx';
import { Rail } from './rail.tsx';
import { SignInAgain } from './sign-in-again.tsx';

const Find = lazy(() => import('./find.tsx').then(({ Find: found }) => ({ default: found })));
const MorePlaces = lazy(() =>
  import('./more-places.tsx').then(({ MorePlaces: found }) => ({ default: found })),
);
const KeysDialog = lazy(() =>
  import('./keys-dialog.tsx').then(({ KeysDialog: found }) => ({ default: found })),
);

export function Shell() {
  const [floating, setFloating] = useState<Floating>();
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useKeys(setFloating);
  const close = () => setFloating(undefined);
  return (
    <div className="app">
      <a className="skip" href="#main">
        {say('shell.skip')}
      </a>
      <Rail
        find={() => setFloating('find')}
        keys={() => setFloating('keys')}
        more={() => setFloating('more')}
      />
      <div className="page-side">
        <OfflineBar />
        <main id="main" ref={main} tabIndex={-1} key={path.split('/')[1]}>
          <Outlet />
        </main>
      </div>
      <Suspense>
        {floating === 'find' && <Find close={close} />}
        {floating === 'more' && <MorePlaces float={setFloating} />}
        {floating === 'keys' && <KeysDialog close={close} />}
      </Suspense>
      <SignInAgain />
    </div>
  );
}

/** The title of the window, and what a screen reader hears first. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${say('app.name')}`;
  }, [title]);
}
