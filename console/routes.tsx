/** Which address shows which page; filters and the chosen row are in the query, a member's key never is. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { Home } from './pages/home.tsx';
import { NotFound } from './pages/not-found.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** The named texts of the query; whatever else stands there is passed over. */
const texts =
  <Name extends string>(...names: readonly Name[]) =>
  (search: Readonly<Record<string, unknown>>): { [name in Name]?: string } => {
    const found: { [name in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (value !== undefined && value !== '') found[name] = String(value);
    }
    return found;
  };

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: Home,
  validateSearch: texts('q', 'sort'),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: texts('status', 'sync'),
  component: lazyRouteComponent(() => import('./pages/runs.tsx'), 'Runs'),
});

const sync = createRoute({
  getParentRoute: () => root,
  path: '/syncs/$sync',
  component: lazyRouteComponent(() => import('./pages/sync/sync.tsx'), 'SyncPage'),
});

const overview = createRoute({
  getParentRoute: () => sync,
  path: '/',
  validateSearch: texts('show'),
  component: lazyRouteComponent(() => import('./pages/sync/overview.tsx'), 'Overview'),
});

const syncRuns = createRoute({
  getParentRoute: () => sync,
  path: '/runs',
  validateSearch: texts('status'),
  component: lazyRouteComponent(() => import('./pages/sync/runs.tsx'), 'SyncRuns'),
});

const people = createRoute({
  getParentRoute: () => sync,
  path: '/people',
  component: lazyRouteComponent(() => import('./pages/sync/people.tsx'), 'People'),
});

const settings = createRoute({
  getParentRoute: () => sync,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/sync/settings.tsx'), 'SyncSettings'),
});

const repair = createRoute({
  getParentRoute: () => sync,
  path: '/repair',
  component: lazyRouteComponent(() => import('./pages/sync/repair.tsx'), 'Repair'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/syncs/$sync/runs/$run',
  validateSearch: texts('show', 'action', 'code', 'row'),
  component: lazyRouteComponent(() => import('./pages/run/run.tsx'), 'RunPage'),
});

const destinations = createRoute({
  getParentRoute: () => root,
  path: '/destinations',
  component: lazyRouteComponent(() => import('./pages/destinations.tsx'), 'Destinations'),
});

const newDestination = createRoute({
  getParentRoute: () => root,
  path: '/destinations/new',
  validateSearch: texts('preset', 'action'),
  component: lazyRouteComponent(
    () => import('./pages/destination/new-destination.tsx'),
    'NewDestination',
  ),
});

const destination = createRoute({
  getParentRoute: () => root,
  path: '/destinations/$destination',
  validateSearch: texts('action'),
  component: lazyRouteComponent(
    () => import('./pages/destination/destination.tsx'),
    'DestinationPage',
  ),
});

const newSync = createRoute({
  getParentRoute: () => root,
  path: '/syncs/new',
  validateSearch: texts('destination', 'preset'),
  component: lazyRouteComponent(() => import('./pages/sync/new-sync.tsx'), 'NewSync'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: texts('thing'),
  component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'Audit'),
});

const help = createRoute({
  getParentRoute: () => root,
  path: '/help/$code',
  component: lazyRouteComponent(() => import('./pages/help.tsx'), 'Help'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    runs,
    run,
    sync.addChildren([overview, syncRuns, people, settings, repair]),
    newSync,
    destinations,
    newDestination,
    destination,
    audit,
    help,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
