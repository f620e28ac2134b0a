/** The whole of a form as YAML: to be read, changed, or pasted over. */
import { FileCode } from 'lucide-react';
import { Suspense, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { say } from '../words/text.ts';
import { settingsOfYaml } from '../words/yaml.ts';
import { Code } from './code-control.tsx';
import type { Draft } from './draft.ts';
import { isSettings, type Json } from './pointer.ts';

interface YamlEditorProps {
  readonly draft: Draft;
  readonly text: string;
  readonly kind: 'destination' | 'sync';
}

export function YamlEditor(props: YamlEditorProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon={FileCode} onPress={() => setOpen(true)}>
        {say('settings.yaml')}
      </Button>
      <Dialog title={say('edit.yamlTitle')} isOpen={isOpen} close={() => setOpen(false)} as="sheet">
        <Body {...props} close={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Body({ draft, text, kind, close }: YamlEditorProps & { close: () => void }) {
  const [typed, setTyped] = useState(text);
  const [error, setError] = useState<string>();
  const take = () => {
    const read = settingsOfYaml(typed, kind);
    if ('error' in read) {
      setError(read.error);
      return;
    }
    const found: Json = read.settings;
    if (!isSettings(found)) return;
    draft.replace(found);
    close();
  };
  return (
    <div className="stack">
      <p className="muted">{say('edit.yamlWhat')}</p>
      <Suspense fallback={<span className="block code-waits" />}>
        <Code label={say('settings.yaml')} value={typed} change={setTyped} isPlain />
      </Suspense>
      {error !== undefined && (
        <p className="failure" role="alert">
          {error}
        </p>
      )}
      <div className="row actions-end">
        <Button onPress={close}>{say('act.back')}</Button>
        <Button look="primary" onPress={take}>
          {say('edit.yamlTake')}
        </Button>
      </div>
    </div>
  );
}
