/** Which column fills which field, and one person as the platform would get them. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { fieldsQuery } from '../../../api/queries.ts';
import type { Columns } from '../../../api/schema.d.ts';
import { TickControl, Told } from '../../../edit/controls.tsx';
import { useControl, useForm } from '../../../edit/form.tsx';
import { isSettings, type Json, type Settings } from '../../../edit/pointer.ts';
import { columnFor } from '../../../fare/suggest.ts';
import { Panel } from '../../../parts/panel.tsx';
import { Scroll } from '../../../parts/scroll.tsx';
import { say } from '../../../words/text.ts';
import { AsSent } from './as-sent.tsx';
import { MappingRow } from './mapping-row.tsx';
import { type Field, fieldsOf, unasked } from './wanted-fields.ts';

interface FieldsPartProps {
  readonly columns: Columns | undefined;
  readonly isNew: boolean;
}

export function FieldsPart({ columns, isNew }: FieldsPartProps) {
  const { draft } = useForm();
  const control = useControl('/mappings');
  const destination = String(draft.get('/destination') ?? '');
  const { data } = useQuery({ ...fieldsQuery(destination), enabled: destination !== '' });
  const [row, setRow] = useState(0);
  const mappings: Settings = isSettings(control.value) ? control.value : {};
  const wanted = fieldsOf(data?.items ?? []);
  const names = new Set(wanted.map(({ name }) => name));
  const others = Object.keys(mappings).filter((name) => !names.has(name));
  const all = [...wanted, ...others.map(unasked)];
  const columnNames = columns?.columns.map(({ name }) => name) ?? [];
  useSuggestions(isNew ? wanted : [], columnNames, mappings, control.set);
  return (
    <Panel title={say('part.fields')}>
      {all.length === 0 ? (
        <p className="muted">
          {say(destination === '' ? 'fields.chooseDestination' : 'fields.none')}
        </p>
      ) : (
        <Scroll label={say('part.fields')}>
          <table className="table grid" aria-label={say('part.fields')}>
            <thead>
              <tr>
                <th scope="col">{say('mapping.field')}</th>
                <th scope="col">{say('mapping.from')}</th>
                <th scope="col">{say('mapping.normalised')}</th>
                <th scope="col">{say('mapping.example', { n: row + 1 })}</th>
              </tr>
            </thead>
            <tbody>
              {all.map((field) => (
                <MappingRow
                  key={field.name}
                  field={field}
                  isAsked={names.has(field.name) || data === undefined}
                  columns={columnNames}
                  row={columns?.rows[row]}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <Told control={control} />
      <TickControl
        at="/hashPersonalData"
        label={say('fields.hashHere')}
        hint={say('fields.hashHereHint')}
        usual
      />
      {columns && columns.rows.length > 0 && destination !== '' && (
        <AsSent columns={columns} row={row} setRow={setRow} />
      )}
    </Panel>
  );
}

/** Fields of a new sync of which nobody said anything are filled from the column that is called so. */
function useSuggestions(
  fields: readonly Field[],
  columns: readonly string[],
  mappings: Settings,
  set: (mappings: Json) => void,
): void {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const fresh = fields.filter(({ name }) => !seen.has(name) && !(name in mappings));
  const isWorth = fresh.length > 0 && columns.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each field that comes up
  useEffect(() => {
    if (!isWorth) return;
    const found = fresh.flatMap(({ name, isStatic }) => {
      const column = isStatic ? undefined : columnFor(name, columns);
      return column === undefined ? [] : [[name, { column }] as const];
    });
    setSeen(new Set([...seen, ...fresh.map(({ name }) => name)]));
    if (found.length > 0) set({ ...mappings, ...Object.fromEntries(found) });
  }, [isWorth, fresh.map(({ name }) => name).join(' ')]);
}
