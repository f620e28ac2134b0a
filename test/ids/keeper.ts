/**
 * A platform that names people itself, played on a real socket: contacts are added by address and removed by ids that are
 * the platform's own. It can be told to fail.
 */
import type { Reply, Seen } from '../platforms/stage.ts';

interface Contact {
  readonly id: string;
  email: string;
  name: string;
}

export class Keeper {
  readonly contacts = new Map<string, Contact>();
  /** What it answers in the place of the next requests to a path that begins so. */
  readonly script: { readonly to: string; readonly reply: Reply }[] = [];
  /** Answers to adds name the contacts' ids. */
  tellsIds = false;
  #next = 9_000_000;

  add(email: string, name = ''): Contact {
    const contact = { id: `c${this.#next++}`, email, name };
    this.contacts.set(contact.id, contact);
    return contact;
  }

  idsOf(email: string): string[] {
    return [...this.contacts.values()].filter((each) => each.email === email).map(({ id }) => id);
  }

  get emails(): string[] {
    return [...this.contacts.values()].map(({ email }) => email).sort();
  }

  /** Another id for the same person, as where contacts are merged or made anew. */
  renumber(email: string): void {
    for (const id of this.idsOf(email)) {
      const contact = this.contacts.get(id);
      this.contacts.delete(id);
      if (contact) this.add(email, contact.name);
    }
  }

  answer(seen: Seen): Reply {
    const at = this.script.findIndex(({ to }) => `${seen.method} ${seen.path}`.startsWith(to));
    const [scripted] = at < 0 ? [] : this.script.splice(at, 1);
    if (scripted) return scripted.reply;
    const { method, path, body } = seen;
    if (path === '/contacts/search') return this.#search(body.emails);
    if (path === '/contacts') return this.#upsert(body.contacts);
    if (path === '/contacts/rename') return this.#rename(body.contacts);
    const [, , id = ''] = path.split('/');
    const contact = this.contacts.get(decodeURIComponent(id));
    if (!contact) return { status: 404, body: { error: 'no such contact' } };
    if (method === 'DELETE') this.contacts.delete(contact.id);
    else contact.name = body.name;
    return { body: { id: contact.id } };
  }

  /** All of them, or nobody. */
  #rename(named: readonly { readonly id: string; readonly name: string }[]): Reply {
    const contacts = named.map(({ id }) => this.contacts.get(id));
    if (contacts.includes(undefined)) return { status: 404, body: { error: 'no such contact' } };
    for (const [at, contact] of contacts.entries())
      if (contact) contact.name = named[at]?.name ?? '';
    return { body: { renamed: contacts.length } };
  }

  #search(emails: readonly string[]): Reply {
    const results = emails.flatMap((email) => this.idsOf(email).map((id) => ({ email, id })));
    return { body: { results, asked: emails.length } };
  }

  #upsert(contacts: readonly { readonly email: string; readonly name: string }[]): Reply {
    const results = contacts.map(({ email, name }) => {
      const [known] = this.idsOf(email);
      const contact = known === undefined ? this.add(email, name) : this.contacts.get(known);
      if (contact) contact.name = name;
      return { email, id: contact?.id };
    });
    return { body: { ok: true, ...(this.tellsIds && { results }) } };
  }
}

const contacts = "{'contacts': [$$.records.{'email': EMAIL, 'name': NAME}]}";
const lookup = {
  path: '/contacts/search',
  batchSize: 3,
  body: "{'emails': [$$.records.EMAIL]}",
  responseRules: {
    success: '$exists($$.body.asked)',
    ids: '$$.body.results.{"value": email, "platformId": id}',
  },
};

/** Of a destination at a keeper. */
export const keeperActions = ({
  learnsByAnswers = false,
  more = {},
}: {
  readonly learnsByAnswers?: boolean;
  readonly more?: object;
} = {}) => ({
  insert: {
    path: '/contacts',
    batchSize: 3,
    body: contacts,
    fields: { EMAIL: { required: true } },
    ...(learnsByAnswers && {
      responseRules: { ids: '$$.body.results.{"value": email, "platformId": id}' },
    }),
  },
  update: {
    method: 'PUT',
    path: '/contacts/{{record.platformId}}',
    batchSize: 1,
    body: "{'name': $$.records.NAME}",
  },
  delete: {
    method: 'DELETE',
    path: '/contacts/{{record.platformId}}',
    batchSize: 1,
    bodyKind: 'none',
  },
  lookup: { ...lookup, ...more },
});
