/** What a form says, as YAML to copy. */
import { say } from '../words/text.ts';
import { Copy } from './copy.tsx';
import { Panel } from './panel.tsx';
import { Scroll } from './scroll.tsx';

export const YamlPanel = ({ text }: { text: string }) => (
  <Panel
    title={say('settings.yaml')}
    actions={
      <span data-key="y">
        <Copy text={text}>{say('settings.copyYaml')}</Copy>
      </span>
    }
  >
    <p className="muted">{say('settings.yamlWhat')}</p>
    <Scroll label={say('settings.yaml')} tall>
      <pre>{text}</pre>
    </Scroll>
  </Panel>
);
