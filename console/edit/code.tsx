/**
 * A code editor. CodeMirror writes its styles into the document, which our policy refuses; in a shadow root they are sheets
 * that the root adopts, which it allows. Lint's underline is an image in an address, so that ours is a line of text.
 */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, StreamLanguage } from '@codemirror/language';
import {
  Compartment,
  EditorState,
  type Extension,
  StateEffect,
  StateField,
} from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { colours, jsonata } from './jsonata.ts';
import { completions, noVocabulary, type Vocabulary } from './vocabulary.ts';

/** Where something is wrong: line and column from 1. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

export interface CodeProps {
  readonly label: string;
  readonly value: string;
  readonly change: (text: string) => void;
  readonly spots?: readonly Spot[];
  readonly vocabulary?: Vocabulary;
  readonly isReadOnly?: boolean;
  readonly isInvalid?: boolean;
  /** It is no template: YAML or JSON. */
  readonly isPlain?: boolean;
  /** Its pointer, by which it is found. */
  readonly at?: string;
}

export function Code(props: CodeProps) {
  const { label, value, spots, vocabulary = noVocabulary, at } = props;
  const { isReadOnly = false, isInvalid = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const words = useRef(vocabulary);
  words.current = vocabulary;
  useEffect(() => {
    if (!host.current) return undefined;
    const root =
      host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open', delegatesFocus: true });
    const opened = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: extensionsOf(latest, words),
      }),
    });
    view.current = opened;
    return () => opened.destroy();
  }, []);
  useEffect(() => {
    const opened = view.current;
    if (!opened || opened.state.doc.toString() === value) return;
    opened.dispatch({ changes: { from: 0, to: opened.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: mark.of(spots ?? []) });
  }, [spots]);
  useEffect(() => {
    const how = attributesOf({ label, isReadOnly, isInvalid });
    view.current?.dispatch({ effects: attributes.reconfigure(how) });
  }, [label, isReadOnly, isInvalid]);
  return (
    <div ref={host} className="code-editor" data-at={at} data-invalid={isInvalid || undefined} />
  );
}

const attributes = new Compartment();

const attributesOf = ({
  label,
  isReadOnly = false,
  isInvalid = false,
}: Pick<CodeProps, 'label' | 'isReadOnly' | 'isInvalid'>): Extension => [
  EditorView.contentAttributes.of({
    'aria-label': label,
    ...(isInvalid && { 'aria-invalid': 'true' }),
    ...(isReadOnly && { 'aria-readonly': 'true' }),
  }),
  EditorState.readOnly.of(isReadOnly),
];

const extensionsOf = (
  latest: { readonly current: CodeProps },
  words: { readonly current: Vocabulary },
): Extension[] => [
  history(),
  drawSelection(),
  bracketMatching(),
  closeBrackets(),
  lineNumbers(),
  EditorView.lineWrapping,
  latest.current.isPlain ? [] : [StreamLanguage.define(jsonata), colours],
  look,
  marks,
  attributes.of(attributesOf(latest.current)),
  latest.current.isPlain
    ? []
    : autocompletion({
        override: [(context) => completions(words.current, context)],
        icons: false,
      }),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...historyKeymap,
    // These are the page's: save, fetch the preview.
    ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'),
    indentWithTab,
  ]),
  EditorView.updateListener.of(({ docChanged, state }) => {
    const text = state.doc.toString();
    if (docChanged && text !== latest.current.value) latest.current.change(text);
  }),
];

const mark = StateEffect.define<readonly Spot[]>();

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const told = transaction.effects.find((effect) => effect.is(mark));
    if (!told) return shown.map(transaction.changes);
    const { doc } = transaction.state;
    const ranges = told.value.flatMap(({ line, column }: Spot) => {
      if (line > doc.lines) return [];
      const { from, to, text } = doc.line(line);
      const start = Math.min(from + column - 1, to);
      const word = /^[\p{L}\p{N}_$`]+/u.exec(text.slice(start - from))?.[0].length ?? 1;
      const end = Math.min(start + word, to);
      return end > start ? [wrong.range(start, end)] : [];
    });
    return Decoration.set(ranges, true);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const wrong = Decoration.mark({ class: 'cm-wrong' });

const look = EditorView.theme({
  '&': {
    border: '1px solid var(--edge)',
    borderRadius: 'var(--radius)',
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    maxHeight: '50vh',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '2px' },
  '.cm-scroller': { fontFamily: 'var(--code)', fontSize: '13px', lineHeight: '20px' },
  '.cm-content': { minHeight: '80px', caretColor: 'var(--text)' },
  '.cm-cursor': { borderInlineStartColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'var(--accent-tint)' },
  '.cm-gutters': {
    backgroundColor: 'var(--sunken)',
    color: 'var(--muted)',
    borderInlineEnd: '1px solid var(--line)',
  },
  '.cm-matchingBracket': { outline: '1px solid var(--edge)', backgroundColor: 'transparent' },
  '.cm-wrong': {
    textDecoration: 'underline wavy var(--failed)',
    textUnderlineOffset: '3px',
    backgroundColor: 'var(--failed-tint)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius-panel)',
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    boxShadow: 'var(--shadow)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--code)', fontSize: '13px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 8px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-tint)',
    color: 'var(--text)',
  },
  '.cm-completionDetail': { color: 'var(--muted)', fontFamily: 'var(--font)', fontStyle: 'normal' },
});
