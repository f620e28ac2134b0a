/** One field: its column or fixed value, how it is brought into form, and what stands there in the sample. */
import { cellName, Told } from '../../../edit/controls.tsx';
import { useControl, useForm } from '../../../edit/form.tsx';
import { below, isSettings, type Json } from '../../../edit/pointer.ts';
import { say, sayOf } from '../../../words/text.ts';
import { Cell } from './source-part.tsx';
import type { Field } from './wanted-fields.ts';

interface MappingRowProps {
  readonly field: Field;
  /** A template names it. */
  readonly isAsked: boolean;
  readonly columns: readonly string[];
  readonly row: { readonly [name: string]: unknown } | undefined;
}

const fixed = '= ';

export function MappingRow({ field, isAsked, columns, row }: MappingRowProps) {
  const { name, required, isStatic, hash } = field;
  const control = useControl(below('/mappings', name));
  const mapping = isSettings(control.value) ? control.value : undefined;
  const column = typeof mapping?.['column'] === 'string' ? mapping['column'] : undefined;
  const isFixed = mapping !== undefined && 'value' in mapping;
  const { isReadOnly } = control;
  const known = column === undefined || columns.includes(column) ? columns : [column, ...columns];
  const choose = (text: string) => {
    if (isReadOnly) return;
    if (text === '') control.set(undefined);
    else control.set(text === fixed ? { value: '' } : { column: text });
  };
  return (
    <>
      <tr>
        <th scope="row">
          <code>{name}</code>
          {required && <span className="needed"> {say('mapping.required')}</span>}
          {hash !== 'NONE' && <span className="muted small"> {hash}</span>}
          {!isAsked && <span className="muted small"> {say('mapping.unasked')}</span>}
        </th>
        <td>
          <span className="row nowrap">
            <select
              id={control.id}
              data-at={below('/mappings', name)}
              className="input select"
              aria-label={cellName(name, say('mapping.from'))}
              aria-invalid={control.problems.length > 0 || undefined}
              aria-describedby={control.toldBy}
              aria-disabled={isReadOnly || undefined}
              value={isFixed ? fixed : (column ?? '')}
              onChange={({ target }) => choose(target.value)}
            >
              <option value="">{say('mapping.unset')}</option>
              {!isStatic &&
                known.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              <option value={fixed}>{say('mapping.fixed')}</option>
            </select>
            {isFixed && (
              <input
                className="input code"
                aria-label={cellName(name, say('mapping.fixed'))}
                readOnly={isReadOnly}
                value={String(mapping['value'])}
                onChange={({ target }) => control.set({ value: target.value })}
              />
            )}
          </span>
        </td>
        <td>{mapping !== undefined && !isFixed && <Normalise name={name} />}</td>
        <td className="sample-cell">
          {column !== undefined && row !== undefined && <Cell value={row[column]} />}
        </td>
      </tr>
      {control.toldBy !== undefined && (
        <tr>
          <td colSpan={4}>
            <Told control={control} />
          </td>
        </tr>
      )}
    </>
  );
}

const rules = [
  'trim',
  'lowercase',
  'email',
  'phone',
  'name',
  'date',
  'country',
  'state',
  'gender',
  'postcode',
] as const;

/** One rule as it is usually; several, or with options, are written in YAML and stay as they are. */
function Normalise({ name }: { name: string }) {
  const { draft, isReadOnly } = useForm();
  const at = below('/normalise', name);
  const control = useControl(at);
  const value = control.value;
  const one = ruleOf(value);
  const shown = value === undefined || one !== undefined ? (one ?? '') : 'several';
  return (
    <>
      <select
        data-at={at}
        className="input select"
        aria-label={cellName(name, say('mapping.normalised'))}
        aria-invalid={control.problems.length > 0 || undefined}
        aria-describedby={control.toldBy}
        aria-disabled={isReadOnly || undefined}
        value={shown}
        onChange={({ target }) => {
          if (isReadOnly || target.value === 'several') return;
          draft.set(at, target.value === '' ? undefined : [{ rule: target.value }]);
        }}
      >
        <option value="">{say('mapping.asItIs')}</option>
        {rules.map((rule) => (
          <option key={rule} value={rule}>
            {sayOf('normalise', rule)}
          </option>
        ))}
        {shown === 'several' && <option value="several">{severalOf(value)}</option>}
      </select>
      <Told control={control} />
    </>
  );
}

/** Undefined: several, or one whose options are not told here. */
function ruleOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  const [first, ...more] = Array.isArray(value) ? value : [];
  if (more.length > 0) return undefined;
  if (typeof first === 'string') return first;
  if (!isSettings(first)) return undefined;
  return typeof first['rule'] === 'string' ? first['rule'] : undefined;
}

const severalOf = (value: Json | undefined) =>
  Array.isArray(value)
    ? value.map((each: Json) => ruleOf([each]) ?? '…').join(', ')
    : say('mapping.several');
