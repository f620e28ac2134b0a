/** A destination and a sync of members with an e-mail address and a country, as a file has them. */
export interface Configured {
  readonly id: string;
  readonly destination?: Record<string, unknown>;
  readonly sync?: Record<string, unknown>;
}

export function configurationText(
  baseUrl: string,
  { id, destination = {}, sync = {} }: Configured,
): string {
  const path = '/audiences/{{connection.audienceId}}/members';
  const insert = {
    path,
    body: '{"members": [$$.records.{"email": email, "country": country}]}',
    fields: { country: { required: true } },
  };
  const remove = { method: 'DELETE', path, body: '{"members": [$$.records.{"email": email}]}' };
  const documents = [
    {
      kind: 'destination',
      id: `${id}-platform`,
      name: id,
      baseUrl,
      actions: { insert, update: 'insert', delete: remove },
      ...destination,
    },
    {
      kind: 'sync',
      id,
      name: id,
      destination: `${id}-platform`,
      audience: { id, name: id },
      source: { bucket: 'audience-mirror-snapshots', prefix: `exports/${id}/` },
      key: ['email'],
      mappings: { email: { column: 'email' }, country: { column: 'country' } },
      ...sync,
    },
  ];
  return documents.map((each) => JSON.stringify(each)).join('\n---\n');
}
