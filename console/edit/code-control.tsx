/** A setting that is a template or rule, in a real editor that is loaded when it is first wanted. */
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { Told } from './controls.tsx';
import { useControl } from './form.tsx';
import type { Vocabulary } from './vocabulary.ts';

export const Code = lazy(() =>
  import('./code.tsx').then(({ Code: found }) => ({ default: found })),
);

interface CodeControlProps {
  readonly at: string;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly vocabulary: Vocabulary;
}

export function CodeControl({ at, label, hint, vocabulary }: CodeControlProps) {
  const control = useControl(at);
  const { problems, warnings } = control;
  const spots = useMemo(
    () =>
      [...problems, ...warnings].flatMap(({ line, column = 1 }) =>
        line === undefined ? [] : [{ line, column }],
      ),
    [problems, warnings],
  );
  return (
    <div className="field">
      <span className="label">{label}</span>
      <Suspense fallback={<span className="block code-waits" />}>
        <Code
          at={at}
          label={label}
          value={typeof control.value === 'string' ? control.value : ''}
          change={control.set}
          spots={spots}
          vocabulary={vocabulary}
          isReadOnly={control.isReadOnly}
          isInvalid={problems.length > 0}
        />
      </Suspense>
      {hint !== undefined && <p className="muted small">{hint}</p>}
      <Told control={control} />
    </div>
  );
}
