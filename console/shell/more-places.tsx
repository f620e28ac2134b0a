/** What has no place at the bottom of a narrow screen. */
import { Dialog } from '../parts/dialog.tsx';
import { say } from '../words/text.ts';
import type { Floating } from './keys.ts';
import { FindPlace, Foot, PlaceLink, places } from './rail.tsx';

export function MorePlaces({ float }: { float: (what: Floating) => void }) {
  const close = () => float(undefined);
  return (
    <Dialog title={say('nav.more')} isOpen close={close}>
      <div className="more-places">
        {places
          .filter((place) => 'isWide' in place)
          .map((place) => (
            <PlaceLink key={place.to} {...place} onClick={close} />
          ))}
        <FindPlace find={() => float('find')} />
        <Foot keys={() => float('keys')} />
      </div>
    </Dialog>
  );
}
