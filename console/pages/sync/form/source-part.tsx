/** Where the exports lie, what the newest one has, and what names a member. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { syncsQuery } from '../../../api/queries.ts';
import type { Columns } from '../../../api/schema.d.ts';
import { ChoiceControl, TextControl, Told } from '../../../edit/controls.tsx';
import { useControl } from '../../../edit/form.tsx';
import { NameAndId } from '../../../edit/name-and-id.tsx';
import { Failure, Panel } from '../../../parts/panel.tsx';
import { Scroll } from '../../../parts/scroll.tsx';
import { When } from '../../../parts/when.tsx';
import { Words } from '../../../parts/words.tsx';
import { Person } from '../../../shell/people-switch.tsx';
import { bytes } from '../../../words/numbers.ts';
import { say, sayOf } from '../../../words/text.ts';

interface SourcePartProps {
  readonly isNew: boolean;
  readonly columns: UseQueryResult<Columns>;
}

const formats = ['auto', 'parquet', 'csv', 'ndjson'] as const;
const layouts = ['overwrite', 'folders'] as const;

export function SourcePart({ isNew, columns }: SourcePartProps) {
  const { data: syncs } = useQuery(syncsQuery);
  const known = (pick: 'bucket' | 'prefix') => [
    ...new Set(syncs?.items.map(({ source }) => source[pick])),
  ];
  return (
    <Panel title={say('part.source')}>
      <NameAndId isNew={isNew} />
      <div className="fields">
        <TextControl
          at="/source/bucket"
          label={say('source.bucket')}
          suggestions={known('bucket')}
          isCode
        />
        <TextControl
          at="/source/prefix"
          label={say('source.prefix')}
          example="exports/customers/"
          suggestions={known('prefix')}
          isCode
        />
        <ChoiceControl
          at="/source/format"
          label={say('setting.format')}
          usual="auto"
          choices={formats.map((each) => [each, sayOf('format', each)])}
        />
        <ChoiceControl
          at="/source/layout"
          label={say('setting.layout')}
          usual="overwrite"
          choices={layouts.map((each) => [each, sayOf('layout', each)])}
        />
      </div>
      {columns.error && <Failure error={columns.error} again={() => void columns.refetch()} />}
      {columns.data && <Sample columns={columns.data} />}
      <KeyChoice columns={columns.data} />
    </Panel>
  );
}

const shownRows = 5;

function Sample({ columns: { snapshot, columns, rows } }: { columns: Columns }) {
  return (
    <>
      <p className="muted">
        <Words
          text="source.found"
          values={{
            n: snapshot.files,
            size: bytes(snapshot.bytes),
            format: sayOf('format', snapshot.format),
            at: <When at={snapshot.writtenAt} as="moment" />,
          }}
        />
      </p>
      <Scroll label={say('source.sample')}>
        <table className="table grid" aria-label={say('source.sample')}>
          <thead>
            <tr>
              {columns.map(({ name, type }) => (
                <th key={name} scope="col">
                  {name} <span className="muted small">{type.toLowerCase()}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shownRows).map((row, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a sample have no name
              <tr key={place}>
                {columns.map(({ name }) => (
                  <td key={name} className="sample-cell">
                    <Cell value={row[name]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

export function Cell({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span className="muted">—</span>;
  return <Person>{typeof value === 'string' ? value : JSON.stringify(value)}</Person>;
}

/** Columns that together name a member. */
function KeyChoice({ columns }: { columns: Columns | undefined }) {
  const control = useControl('/key');
  const key = Array.isArray(control.value) ? control.value.map(String) : [];
  const names = [...new Set([...(columns?.columns.map(({ name }) => name) ?? []), ...key])];
  if (names.length === 0) return null;
  return (
    <fieldset className="field" data-at="/key" aria-describedby={control.toldBy}>
      <legend className="label">{say('source.key')}</legend>
      <div className="row">
        {names.map((name) => (
          <label key={name} className="tick">
            <input
              type="checkbox"
              checked={key.includes(name)}
              aria-disabled={control.isReadOnly || undefined}
              aria-invalid={control.problems.length > 0 || undefined}
              onChange={({ target }) => {
                if (control.isReadOnly) return;
                control.set(target.checked ? [...key, name] : key.filter((each) => each !== name));
              }}
            />
            <code>{name}</code>
          </label>
        ))}
      </div>
      <Told control={control} />
    </fieldset>
  );
}
