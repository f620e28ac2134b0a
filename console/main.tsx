/** The console's beginning: who looks, then the pages. */
import './look/fonts.css';
import './look/values.css';
import './look/base.css';
import './look/parts.css';
import './look/shell.css';
import './look/pages.css';
import './look/edit.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { type SignIn, signIn } from './api/session.ts';
import { SignedOut } from './pages/signed-out.tsx';
import { router } from './routes.tsx';

const queries = new QueryClient({
  defaultOptions: {
    // What fails is shown and asked again at its pace; what was seen stays on the screen.
    queries: { retry: false, staleTime: 1_000, refetchOnReconnect: true, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no place for the console.');
const found = await signIn();
if (found !== 'leaving') show(root, found);

function show(place: HTMLElement, signedIn: Exclude<SignIn, 'leaving'>): void {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        {signedIn === 'in' ? <RouterProvider router={router} /> : <SignedOut why={signedIn} />}
      </QueryClientProvider>
    </StrictMode>,
  );
}
