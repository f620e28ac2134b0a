/** One of a few, by the browser's own list: keyboard, touch and screen readers know it. */
interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, text: string])[];
  readonly choose: (value: string) => void;
}

export function Select({ label, value, choices, choose }: SelectProps) {
  return (
    <select
      className="input select"
      aria-label={label}
      value={value}
      onChange={(event) => choose(event.target.value)}
    >
      {choices.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  );
}
