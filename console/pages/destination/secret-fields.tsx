/** Secrets are only written: what is set is told by its day, and what is typed lives in memory until it is saved. */
import type { Destination, Secrets } from '../../api/schema.d.ts';
import type { Draft } from '../../edit/draft.ts';
import { useForm } from '../../edit/form.tsx';
import { When } from '../../parts/when.tsx';
import { Words } from '../../parts/words.tsx';
import { say, sayOf } from '../../words/text.ts';

type SecretName = keyof Secrets;
export type SecretValues = Readonly<Partial<Record<SecretName, string>>>;
type Type = Destination['authentication']['type'];

/** What each takes of the secret; OAuth's grants take others. */
const secretsOf: Readonly<Record<Type, readonly SecretName[]>> = {
  none: [],
  basic: ['password'],
  bearer: ['token'],
  apiKey: ['apiKey'],
  oauth2: ['clientSecret'],
};
export const authenticationTypes = Object.keys(secretsOf);

const secretsOfGrant: Readonly<Record<string, readonly SecretName[]>> = {
  refreshToken: ['refreshToken', 'clientSecret'],
  jwtBearer: ['privateKey'],
};

function neededBy(draft: Draft): readonly SecretName[] {
  const type = String(draft.get('/authentication/type') ?? 'none');
  const grant = String(draft.get('/authentication/grant') ?? '');
  const isKnown = (text: string): text is Type => text in secretsOf;
  const own = isKnown(type) ? secretsOf[type] : [];
  const needed = type === 'oauth2' ? (secretsOfGrant[grant] ?? own) : own;
  return draft.get('/signature') === undefined ? needed : [...needed, 'signingKey'];
}

interface SecretFieldsProps {
  readonly secrets: Secrets;
  readonly values: SecretValues;
  readonly setValues: (values: SecretValues) => void;
}

export function SecretFields({ secrets, values, setValues }: SecretFieldsProps) {
  const { draft, isReadOnly } = useForm();
  return (
    <div className="fields">
      {neededBy(draft).map((name) => {
        const set = secrets[name];
        return (
          <div className="field" key={name}>
            <label htmlFor={`secret-${name}`}>{sayOf('secret', name)}</label>
            <input
              id={`secret-${name}`}
              className="input code"
              type="password"
              autoComplete="new-password"
              value={values[name] ?? ''}
              readOnly={isReadOnly}
              placeholder={set ? '••••' : say('secret.notSet')}
              onChange={({ target }) => setValues({ ...values, [name]: target.value })}
            />
            <p className="muted small">
              {set ? (
                <Words text="secret.setAt" values={{ at: <When at={set.setAt} /> }} />
              ) : (
                say('secret.what')
              )}
            </p>
          </div>
        );
      })}
    </div>
  );
}
