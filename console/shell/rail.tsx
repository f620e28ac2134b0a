/** Where one can go; at the bottom of narrow screens, at the side of wide ones. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  Ellipsis,
  FileClock,
  House,
  Keyboard,
  ListOrdered,
  type LucideIcon,
  Search,
  Send,
} from 'lucide-react';
import { meQuery } from '../api/queries.ts';
import { isOffline, useReach } from '../api/reach.ts';
import { When } from '../parts/when.tsx';
import { say, type TextName } from '../words/text.ts';
import { PeopleSwitch } from './people-switch.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export const places = [
  { to: '/', text: 'nav.home', icon: House },
  { to: '/runs', text: 'nav.runs', icon: ListOrdered },
  { to: '/destinations', text: 'nav.destinations', icon: Send },
  { to: '/audit', text: 'nav.audit', icon: FileClock, isWide: true },
] as const satisfies readonly { to: string; text: TextName; icon: LucideIcon; isWide?: true }[];

interface RailProps {
  readonly find: () => void;
  readonly keys: () => void;
  readonly more: () => void;
}

export function Rail({ find, keys, more }: RailProps) {
  return (
    <div className="rail">
      <div className="brand" aria-hidden="true">
        <img src="/icon.svg" alt="" width={20} height={20} />
        <span>{say('app.name')}</span>
      </div>
      <nav aria-label={say('nav.label')}>
        <ul>
          {places.map((place) => (
            <li key={place.to} className={'isWide' in place ? 'wide-place' : undefined}>
              <PlaceLink {...place} />
            </li>
          ))}
          <li className="wide-place">
            <FindPlace find={find} />
          </li>
          <li className="narrow-place">
            <button type="button" className="place" onClick={more}>
              <Ellipsis size={16} strokeWidth={1.75} aria-hidden="true" />
              <span>{say('nav.more')}</span>
            </button>
          </li>
        </ul>
      </nav>
      <div className="rail-foot">
        <Foot keys={keys} />
      </div>
    </div>
  );
}

interface PlaceProps {
  readonly to: (typeof places)[number]['to'];
  readonly text: TextName;
  readonly icon: LucideIcon;
  readonly onClick?: () => void;
}

export const PlaceLink = ({ to, text, icon: Icon, onClick }: PlaceProps) => (
  <Link to={to} className="place" activeOptions={{ exact: to === '/' }} onClick={onClick}>
    <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
    <span>{say(text)}</span>
  </Link>
);

export const FindPlace = ({ find }: { find: () => void }) => (
  <button type="button" className="place" onClick={find}>
    <Search size={16} strokeWidth={1.75} aria-hidden="true" />
    <span>{say('nav.find')}</span>
    <kbd className="wide-only">{say('nav.findKey')}</kbd>
  </button>
);

export const Foot = ({ keys }: { keys: () => void }) => (
  <>
    <Live />
    <PeopleSwitch />
    <ThemeSwitch />
    <button type="button" className="place" onClick={keys}>
      <Keyboard size={16} strokeWidth={1.75} aria-hidden="true" />
      <span>{say('nav.keys')}</span>
    </button>
  </>
);

/** Whether what stands on the screen is of now, and what one may do. */
function Live() {
  const reach = useReach();
  const me = useQuery(meQuery);
  const offline = isOffline(reach);
  return (
    <p className="live small" data-live={!offline}>
      <span className="live-dot" aria-hidden="true" />
      {offline && reach.answeredAt !== undefined ? (
        <span>
          {say('live.asOf')} <When at={reach.answeredAt} as="second" />
        </span>
      ) : (
        <span title={me.data?.name}>{say(reach.mayWrite ? 'live.writes' : 'live.reads')}</span>
      )}
    </p>
  );
}
