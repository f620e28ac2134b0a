/** The runbook's own kind of Markdown: paragraphs, lists, bold words, code and names of documents. No HTML goes through. */
import { Fragment, type ReactNode } from 'react';

export function Markdown({ text }: { text: string }) {
  const blocks = text.trim().split(/\n{2,}|\n(?=\*\*)/);
  return (
    <div className="stack prose">
      {blocks.map((block, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change
        <Fragment key={place}>{blockOf(block)}</Fragment>
      ))}
    </div>
  );
}

function blockOf(block: string): ReactNode {
  if (block.startsWith('#')) return null;
  if (block.startsWith('```')) return <pre>{block.replace(/^```\w*\n|\n?```$/g, '')}</pre>;
  if (!/^- /m.test(block)) return <p>{inlineOf(block)}</p>;
  return (
    <ul className="bullets">
      {block
        .split(/^- /m)
        .filter((each) => each.trim() !== '')
        .map((each) => (
          <li key={each}>{inlineOf(each)}</li>
        ))}
    </ul>
  );
}

const inlineOf = (text: string): ReactNode[] =>
  text
    .replaceAll('\n', ' ')
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .map((part, place) => {
      // biome-ignore-start lint/suspicious/noArrayIndexKey: the text does not change
      if (part.startsWith('**')) return <strong key={place}>{part.slice(2, -2)}</strong>;
      if (part.startsWith('`')) return <code key={place}>{part.slice(1, -1)}</code>;
      return <Fragment key={place}>{part}</Fragment>;
      // biome-ignore-end lint/suspicious/noArrayIndexKey: the text does not change
    });
