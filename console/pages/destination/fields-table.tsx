/** The fields that a template names, and what is said of each. It follows the template; nothing is kept that is usual. */
import { RefreshCw } from 'lucide-react';
import type { ActionFields } from '../../api/schema.d.ts';
import { cellName, Told } from '../../edit/controls.tsx';
import { useControl } from '../../edit/form.tsx';
import { below, isSettings, type Json } from '../../edit/pointer.ts';
import { Button } from '../../parts/button.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { say, sayOf } from '../../words/text.ts';

interface FieldsTableProps {
  readonly at: string;
  readonly found: ActionFields | undefined;
  readonly refresh: () => void;
}

export function FieldsTable({ at, found, refresh }: FieldsTableProps) {
  const control = useControl(at);
  const configured = isSettings(control.value) ? Object.keys(control.value) : [];
  const named = found?.fields.map(({ name }) => name) ?? [];
  const all = [...named, ...configured.filter((name) => !named.includes(name))];
  return (
    <div className="field">
      <div className="row row-wide">
        <span className="label">{say('destination.fields')}</span>
        <Button icon={RefreshCw} onPress={refresh}>
          {say('destination.refresh')}
        </Button>
      </div>
      <Told control={control} />
      {all.length === 0 ? (
        <p className="muted">{say('destination.noFields')}</p>
      ) : (
        <Scroll label={say('destination.fields')}>
          <table className="table grid" aria-label={say('destination.fields')}>
            <thead>
              <tr>
                {(['name', 'required', 'static', 'hash', 'as', 'whenEmpty'] as const).map(
                  (head) => (
                    <th key={head} scope="col">
                      {say(`field.${head}`)}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {all.map((name) => (
                <Row
                  key={name}
                  at={below(at, name)}
                  name={name}
                  isUnused={found !== undefined && !found.wholeRecords && !named.includes(name)}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </div>
  );
}

const hashes = ['NONE', 'SHA256', 'SHA512', 'MD5'] as const;
const casts = ['', 'text', 'number', 'boolean', 'epochSeconds', 'epochMillis', 'date'] as const;
/** By how it is shown. */
const empties: readonly (readonly [text: string, value: Json | undefined])[] = [
  ['unsaid', undefined],
  ['omit', 'omit'],
  ['omit-item', 'omit-item'],
  ['null', null],
  ['text', ''],
  ['list', []],
];

function Row({ at, name, isUnused }: { at: string; name: string; isUnused: boolean }) {
  const control = useControl(at);
  const settings = isSettings(control.value) ? control.value : {};
  const { isReadOnly, toldBy } = control;
  const set = (setting: string, value: Json | undefined) => {
    const { [setting]: _, ...others } = settings;
    const next = value === undefined ? others : { ...others, [setting]: value };
    control.set(Object.keys(next).length === 0 ? undefined : next);
  };
  const tick = (setting: 'required' | 'static') => (
    <input
      type="checkbox"
      aria-label={cellName(name, say(`field.${setting}`))}
      checked={settings[setting] === true}
      aria-disabled={isReadOnly || undefined}
      onChange={({ target }) => !isReadOnly && set(setting, target.checked || undefined)}
    />
  );
  const pick = (
    setting: 'hash' | 'as',
    choices: readonly string[],
    textOf: (choice: string) => string,
    usual: string,
  ) => (
    <select
      className="input select"
      aria-label={cellName(name, say(`field.${setting}`))}
      aria-disabled={isReadOnly || undefined}
      value={String(settings[setting] ?? usual)}
      onChange={({ target }) =>
        !isReadOnly && set(setting, target.value === usual ? undefined : target.value)
      }
    >
      {choices.map((each) => (
        <option key={each} value={each}>
          {textOf(each)}
        </option>
      ))}
    </select>
  );
  return (
    <>
      <tr data-at={at} tabIndex={-1} aria-invalid={control.problems.length > 0 || undefined}>
        <th scope="row">
          <code>{name}</code>
        </th>
        <td>{tick('required')}</td>
        <td>{tick('static')}</td>
        <td>{pick('hash', hashes, (each) => sayOf('hash', each), 'NONE')}</td>
        <td>{pick('as', casts, (each) => sayOf('cast', each || 'asItIs'), '')}</td>
        <td>
          <WhenEmpty
            name={name}
            value={settings['whenEmpty']}
            isReadOnly={isReadOnly}
            set={(value) => set('whenEmpty', value)}
          />
        </td>
      </tr>
      {(toldBy !== undefined || isUnused) && (
        <tr>
          <td colSpan={6}>
            <Told control={control} />
            {isUnused && (
              <Button isDisabled={isReadOnly} onPress={() => control.set(undefined)}>
                {say('destination.dropField', { name })}
              </Button>
            )}
          </td>
        </tr>
      )}
    </>
  );
}

interface WhenEmptyProps {
  readonly name: string;
  readonly value: Json | undefined;
  readonly isReadOnly: boolean;
  readonly set: (value: Json | undefined) => void;
}

function WhenEmpty({ name, value, isReadOnly, set }: WhenEmptyProps) {
  const [shown] =
    empties.find(([, each]) => JSON.stringify(each) === JSON.stringify(value)) ?? empties[0] ?? [];
  return (
    <select
      className="input select"
      aria-label={cellName(name, say('field.whenEmpty'))}
      aria-disabled={isReadOnly || undefined}
      value={shown}
      onChange={({ target }) =>
        !isReadOnly && set(empties.find(([text]) => text === target.value)?.[1])
      }
    >
      {empties.map(([text]) => (
        <option key={text} value={text}>
          {sayOf('whenEmpty', text)}
        </option>
      ))}
    </select>
  );
}
