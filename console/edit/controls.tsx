/** Controls of settings: each bears its pointer, and what the API says of it stands below it. */
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { FieldProblem } from '../api/schema.d.ts';
import { say } from '../words/text.ts';
import { type Control, useControl } from './form.tsx';

interface ControlProps {
  readonly at: string;
  readonly label: ReactNode;
  readonly hint?: ReactNode;
}

/** The API's own words, at their cause. */
export function Told({ control: { problems, warnings, toldBy } }: { control: Control }) {
  if (toldBy === undefined) return null;
  return (
    <ul id={toldBy} className="told">
      {problems.map((each) => (
        <Line key={`${each.pointer} ${each.code}`} problem={each} />
      ))}
      {warnings.map((each) => (
        <Line key={`${each.pointer} ${each.code}`} problem={each} isWarning />
      ))}
    </ul>
  );
}

/** Templates say their place in words, too. */
const placeSaid = /^Line \d+, column \d+: /;

function Line({ problem, isWarning = false }: { problem: FieldProblem; isWarning?: boolean }) {
  const { line, column, message, code } = problem;
  return (
    <li className={isWarning ? 'told-warning' : 'told-problem'}>
      {line !== undefined && (
        <span className="number">
          {line}:{column ?? 1}{' '}
        </span>
      )}
      {line === undefined ? message : message.replace(placeSaid, '')}{' '}
      <Link to="/help/$code" params={{ code }} className="code small">
        {code}
      </Link>
    </li>
  );
}

const attributes = ({ id, problems, toldBy, isReadOnly }: Control, at: string) => ({
  id,
  'data-at': at,
  'aria-invalid': problems.length > 0 || undefined,
  'aria-describedby': toldBy,
  readOnly: isReadOnly,
});

function Framed({
  control,
  label,
  hint,
  children,
}: Pick<ControlProps, 'label' | 'hint'> & { control: Control; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={control.id}>{label}</label>
      {children}
      {hint !== undefined && <p className="muted small">{hint}</p>}
      <Told control={control} />
    </div>
  );
}

interface TextProps extends ControlProps {
  readonly isCode?: boolean;
  readonly example?: string;
  /** Left empty, the setting is taken away instead of being an empty text. */
  readonly isOptional?: boolean;
  readonly suggestions?: readonly string[];
  /** Instead of setting it. */
  readonly typed?: (text: string) => void;
}

export function TextControl({
  at,
  label,
  hint,
  isCode = false,
  example,
  isOptional = false,
  suggestions = [],
  typed,
}: TextProps) {
  const control = useControl(at);
  const list = `${control.id}-list`;
  return (
    <Framed control={control} label={label} hint={hint}>
      <input
        {...attributes(control, at)}
        className={isCode ? 'input code' : 'input'}
        value={typeof control.value === 'string' ? control.value : ''}
        onChange={({ target: { value } }) => {
          if (typed) typed(value);
          else control.set(isOptional && value === '' ? undefined : value);
        }}
        placeholder={example}
        list={suggestions.length > 0 ? list : undefined}
        autoComplete="off"
        spellCheck={false}
      />
      {suggestions.length > 0 && (
        <datalist id={list}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </Framed>
  );
}

interface NumberProps extends ControlProps {
  /** Shown and typed in hundredths. */
  readonly isShare?: boolean;
  readonly example?: string;
}

/** What can't be read as a number stays as it was typed, and the API says so. */
export function NumberControl({ at, label, hint, isShare = false, example }: NumberProps) {
  const control = useControl(at);
  const [typed, setTyped] = useState<string>();
  const shown = numberText(control.value, isShare);
  return (
    <Framed control={control} label={label} hint={hint}>
      <input
        {...attributes(control, at)}
        className="input number"
        inputMode="decimal"
        value={typed ?? shown}
        onBlur={() => setTyped(undefined)}
        onChange={({ target }) => {
          setTyped(target.value);
          control.set(numberOf(target.value, isShare));
        }}
        placeholder={example}
        autoComplete="off"
      />
    </Framed>
  );
}

function numberText(value: Control['value'], isShare: boolean): string {
  if (typeof value === 'number') return String(isShare ? rounded(value * 100) : value);
  return typeof value === 'string' ? value : '';
}

function numberOf(text: string, isShare: boolean): number | string | undefined {
  if (text.trim() === '') return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  return isShare ? rounded(number / 100) : number;
}

/** 0.07 × 100 is 7, and not a little more. */
const rounded = (value: number) => Number(value.toPrecision(12));

interface ChoiceProps extends ControlProps {
  readonly choices: readonly (readonly [value: string, text: string])[];
  /** What stands for it where nothing is set. */
  readonly usual?: string;
  readonly choose?: (value: string) => void;
}

export function ChoiceControl({ at, label, hint, choices, usual = '', choose }: ChoiceProps) {
  const control = useControl(at);
  const { readOnly, ...rest } = attributes(control, at);
  return (
    <Framed control={control} label={label} hint={hint}>
      <select
        {...rest}
        className="input select"
        aria-disabled={readOnly || undefined}
        value={typeof control.value === 'string' ? control.value : usual}
        onChange={({ target }) => {
          if (readOnly) return;
          if (choose) choose(target.value);
          else control.set(target.value === '' ? undefined : target.value);
        }}
      >
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Framed>
  );
}

/** Yes or no. */
export function TickControl({
  at,
  label,
  hint,
  usual = false,
}: ControlProps & { usual?: boolean }) {
  const control = useControl(at);
  const { readOnly, ...rest } = attributes(control, at);
  return (
    <div className="field">
      <label className="tick">
        <input
          {...rest}
          type="checkbox"
          aria-disabled={readOnly || undefined}
          checked={typeof control.value === 'boolean' ? control.value : usual}
          onChange={({ target }) => {
            if (!readOnly) control.set(target.checked);
          }}
        />
        <span>{label}</span>
      </label>
      {hint !== undefined && <p className="muted small">{hint}</p>}
      <Told control={control} />
    </div>
  );
}

/** Of a table, whose head says what it is. */
export const cellName = (row: string, head: string): string => say('edit.cell', { row, head });
