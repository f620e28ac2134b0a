/** JSONata as far as templates and rules say it, for the eye: what is a text, a name, a field, a function. */
import { HighlightStyle, type StreamParser, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';

interface State {
  isInComment: boolean;
}

export const jsonata: StreamParser<State> = {
  name: 'jsonata',
  startState: () => ({ isInComment: false }),
  token(stream, state) {
    if (state.isInComment || stream.match('/*')) {
      state.isInComment = !stream.match(/.*?\*\//);
      if (state.isInComment) stream.skipToEnd();
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)/)) {
      return stream.match(/^\s*:/, false) ? 'propertyName' : 'string';
    }
    if (stream.match(/^`[^`]*`?/)) return 'variableName';
    if (stream.match(/^\$\$\.(records|connection)\b/) || stream.match(/^\$\$/)) return 'keyword';
    if (stream.match(/^\$\w*/)) return 'function';
    if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return 'number';
    if (stream.match(/^(?:true|false|null|and|or|in)\b/)) return 'atom';
    if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) return 'variableName';
    stream.next();
    return 'punctuation';
  },
  languageData: { closeBrackets: { brackets: ['(', '[', '{', '"', "'"] } },
  tokenTable: { function: tags.function(tags.variableName) },
};

export const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
    { tag: tags.string, color: 'var(--well)' },
    { tag: tags.propertyName, color: 'var(--muted)' },
    { tag: [tags.number, tags.atom], color: 'var(--held)' },
    { tag: tags.keyword, color: 'var(--accent)' },
    { tag: tags.function(tags.variableName), color: 'var(--waiting)' },
    { tag: tags.variableName, color: 'var(--text)', fontWeight: '600' },
  ]),
);
