/** Find anything by its name: syncs, destinations, pages, and what an error code means. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { Autocomplete, Input, Menu, MenuItem, SearchField, useFilter } from 'react-aria-components';
import { destinationsQuery, syncsQuery } from '../api/queries.ts';
import { Dialog } from '../parts/dialog.tsx';
import { say, sayOf } from '../words/text.ts';

interface Found {
  readonly href: string;
  readonly name: string;
  readonly what: string;
}

const mostShown = 8;

export function Find({ close }: { close: () => void }) {
  const router = useRouter();
  const { contains } = useFilter({ sensitivity: 'base' });
  const [text, setText] = useState('');
  const all = useFound(text)
    .filter(({ name }) => contains(name, text.trim()))
    .slice(0, mostShown);
  const go = (href: string | number) => {
    close();
    router.history.push(String(href));
  };
  return (
    <Dialog title={say('find.title')} isOpen close={close}>
      <Autocomplete inputValue={text} onInputChange={setText}>
        <SearchField aria-label={say('find.label')} autoFocus className="field">
          <Input className="input" placeholder={say('find.example')} />
        </SearchField>
        <Menu
          className="found"
          aria-label={say('find.results')}
          items={all}
          onAction={go}
          renderEmptyState={() => <p className="muted">{say('find.none')}</p>}
        >
          {({ href, name, what }: Found) => (
            <MenuItem id={href} textValue={`${name} ${what}`} className="found-item">
              <span>{name}</span> <span className="muted small">{what}</span>
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}

function useFound(text: string): Found[] {
  const { data: syncs } = useQuery(syncsQuery);
  const { data: destinations } = useQuery(destinationsQuery);
  const code = text.trim();
  return [
    ...(syncs?.items ?? []).map(({ id, name, status }) => ({
      href: `/syncs/${id}`,
      name: `${name} (${id})`,
      what: `${say('find.sync')} · ${sayOf('state', status.state)}`,
    })),
    ...(destinations?.items ?? []).map(({ id, name }) => ({
      href: `/destinations/${id}`,
      name: `${name} (${id})`,
      what: say('find.destination'),
    })),
    { href: '/runs', name: say('nav.runs'), what: say('find.page') },
    { href: '/destinations', name: say('nav.destinations'), what: say('find.page') },
    { href: '/audit', name: say('nav.audit'), what: say('find.page') },
    ...(/^[a-z0-9]+(-[a-z0-9]+)+$/.test(code)
      ? [{ href: `/help/${code}`, name: code, what: say('find.code') }]
      : []),
  ];
}
