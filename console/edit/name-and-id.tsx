/** The name of a new thing, and its id, which follows the name until somebody writes one. */
import { say } from '../words/text.ts';
import { TextControl } from './controls.tsx';
import { useForm } from './form.tsx';

/** As ids may be: small letters, digits and hyphens, at most 63. */
export const idOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);

export function NameAndId({ isNew }: { isNew: boolean }) {
  const { draft } = useForm();
  const name = String(draft.get('/name') ?? '');
  const id = String(draft.get('/id') ?? '');
  const follows = isNew && (id === '' || id === idOf(name));
  return (
    <div className="fields">
      <TextControl
        at="/name"
        label={say('edit.name')}
        typed={(next) => {
          draft.set('/name', next);
          if (follows) draft.set('/id', idOf(next));
        }}
      />
      {isNew && <TextControl at="/id" label={say('edit.id')} hint={say('edit.idHint')} isCode />}
    </div>
  );
}
