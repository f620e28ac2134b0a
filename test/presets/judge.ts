/** Judges requests by the platforms' own API descriptions, in `test/platforms/`: what they do not name is not sent. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

const Json = z.record(z.string(), z.unknown());
const Operation = z.looseObject({
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: Json })) }).optional(),
});
const Description = z.looseObject({
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: Json.optional() }).optional(),
});

const folder = new URL('../platforms/', import.meta.url);
const descriptions = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => Description.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));

interface Asked {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What the platform's description has against the request; undefined where there is none of the host. */
export function faultsOf(request: Asked): readonly string[] | undefined {
  const url = new URL(request.url);
  const own = descriptions.filter(({ servers }) =>
    servers.some((server) => new URL(server.url).host === url.host),
  );
  if (own.length === 0) return undefined;
  const found = own.flatMap((description) => operationsAt(description, request.method, url));
  const [operation] = found;
  if (!operation) return [`There is no ${request.method} ${url.pathname}`];
  const content = operation.body ?? {};
  const type = request.headers['content-type'];
  if (request.body === undefined)
    return Object.keys(content).length > 0 ? ['A body is wanted'] : [];
  const schema = Object.entries(content).find(([name]) => name === type)?.[1].schema;
  if (!schema) return [`No body of ${type}`];
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const whole = strictly({ ...schema, components: operation.components });
  const validate = ajv.compile(whole);
  if (validate(JSON.parse(request.body))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function operationsAt(description: z.infer<typeof Description>, method: string, url: URL) {
  const base = new URL(description.servers[0]?.url ?? '').pathname.replace(/\/$/, '');
  return Object.entries(description.paths).flatMap(([path, operations]) => {
    const pattern = `${base}${path}`
      .split(/\{[^}]+\}/)
      .map(escaped)
      .join('[^/]+');
    const operation = operations[method.toLowerCase()];
    if (!operation || !new RegExp(`^${pattern}$`).test(url.pathname)) return [];
    const body = Operation.parse(operation).requestBody?.content;
    return [{ body, components: description.components }];
  });
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Each object that names its members takes no others; of what stands in `allOf`, the whole decides. */
function strictly(schema: unknown, isPart = false): Record<string, unknown> {
  const read = Json.parse(schema);
  const entries = Object.entries(read).map(([name, value]) => [name, inner(name, value)] as const);
  const named = Json.safeParse(read['properties']).data ?? {};
  // Where it names none, names are the account's own.
  const open = Object.keys(named).length === 0 || 'additionalProperties' in read || isPart;
  return { ...Object.fromEntries(entries), ...(!open && { unevaluatedProperties: false }) };
}

function inner(name: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((each) =>
      Json.safeParse(each).success ? strictly(each, name === 'allOf') : each,
    );
  }
  if (name === 'example' || name === 'enum' || !Json.safeParse(value).success) return value;
  if (name === 'properties' || name === 'schemas') {
    const members = Object.entries(Json.parse(value));
    return Object.fromEntries(members.map(([key, each]) => [key, strictly(each)]));
  }
  return strictly(value);
}
