/** What the controls of a form share: the draft, what is said of it, and where each control is. */
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useMemo,
  useState,
} from 'react';
import type { FieldProblem } from '../api/schema.d.ts';
import type { Draft, Said } from './draft.ts';
import { problemsAt } from './places.ts';
import type { Json } from './pointer.ts';

interface Form {
  readonly draft: Draft;
  readonly said: Said;
  readonly controls: ReadonlySet<string>;
  readonly isReadOnly: boolean;
  enter(pointer: string): () => void;
}

const FormContext = createContext<Form | undefined>(undefined);

interface FormProps {
  readonly draft: Draft;
  readonly said: Said;
  readonly isReadOnly: boolean;
  readonly children: ReactNode;
}

export function Form({ draft, said, isReadOnly, children }: FormProps) {
  const [controls, setControls] = useState<ReadonlySet<string>>(new Set());
  const [enter] = useState(() => (pointer: string) => {
    setControls((before) => new Set([...before, pointer]));
    return () => setControls((before) => new Set([...before].filter((each) => each !== pointer)));
  });
  const form = useMemo(
    () => ({ draft, said, controls, isReadOnly, enter }),
    [draft, said, controls, isReadOnly, enter],
  );
  return <FormContext value={form}>{children}</FormContext>;
}

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error('A control stands in no form.');
  return form;
}

export interface Control {
  readonly id: string;
  readonly value: Json | undefined;
  readonly set: (value: Json | undefined) => void;
  readonly problems: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
  readonly isReadOnly: boolean;
  /** Of what is said of it, where there is any. */
  readonly toldBy: string | undefined;
}

/** The setting at that place of the draft. */
export function useControl(pointer: string): Control {
  const { draft, said, controls, isReadOnly, enter } = useForm();
  const id = useId();
  useEffect(() => enter(pointer), [enter, pointer]);
  const problems = problemsAt(said.problems, pointer, controls);
  const warnings = problemsAt(said.warnings, pointer, controls);
  const isTold = problems.length + warnings.length > 0;
  return {
    id,
    value: draft.get(pointer),
    set: (value) => draft.set(pointer, value),
    problems,
    warnings,
    isReadOnly,
    toldBy: isTold ? `${id}-told` : undefined,
  };
}
