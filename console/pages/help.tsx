/** What a code means and what to do, as the runbook has it. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { helpQuery } from '../api/queries.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { Markdown } from '../parts/markdown.tsx';
import { Panel, WhenAsked } from '../parts/panel.tsx';
import { useTitle } from '../shell/shell.tsx';
import { say } from '../words/text.ts';

export function Help() {
  const { code } = useParams({ from: '/help/$code' });
  useTitle(code);
  const help = useQuery(helpQuery(code));
  return (
    <div className="stack">
      <Crumbs here={say('help.of', { code })} />
      <h1 className="code-title">{code}</h1>
      <Panel title={say('help.title')}>
        <WhenAsked query={help} rows={4}>
          {(text) => <Markdown text={text} />}
        </WhenAsked>
      </Panel>
    </div>
  );
}
