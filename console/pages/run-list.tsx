/** Runs by their state, newest first, more of them when they are wanted; of one sync or of all. */
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Run } from '../api/schema.d.ts';
import { More } from '../parts/more.tsx';
import { Empty, Panel, WhenAsked } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { say } from '../words/text.ts';
import { RunTable, statusChoices } from './run-table.tsx';

interface RunListProps {
  readonly query: UseInfiniteQueryResult<{
    readonly pages: readonly { readonly items: readonly Run[] }[];
  }>;
  readonly status: string | undefined;
  readonly choose: (status: string) => void;
  /** Of the syncs, where there are several. */
  readonly names?: ReadonlyMap<string, string>;
  readonly filters?: ReactNode;
  /** Also by something else than the state. */
  readonly isFiltered?: boolean;
}

export function RunList(props: RunListProps) {
  const { query, status, choose, names, filters, isFiltered = status !== undefined } = props;
  return (
    <Panel
      title={say('runs.title')}
      flush
      actions={
        <>
          <Select
            label={say('runs.byState')}
            value={status ?? ''}
            choices={statusChoices()}
            choose={choose}
          />
          {filters}
        </>
      }
    >
      <WhenAsked query={query} rows={8}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          return rows.length === 0 ? (
            <Empty
              title={say(isFiltered ? 'empty.noMatch' : 'runs.none')}
              action={
                status !== undefined && (
                  <button type="button" className="button" onClick={() => choose('')}>
                    {say('act.clear')}
                  </button>
                )
              }
            />
          ) : (
            <RunTable runs={rows} {...(names && { names })} />
          );
        }}
      </WhenAsked>
      <More query={query} />
    </Panel>
  );
}
