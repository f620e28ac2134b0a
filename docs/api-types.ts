/**
 * The API's document as types, for the console's client: `paths` as openapi-fetch reads it. It knows the words of JSON
 * Schema that zod writes into our document, and refuses any other, so that none is passed over.
 */
type Json =
  | undefined
  | null
  | boolean
  | number
  | string
  | Json[]
  | { readonly [name: string]: Json };
type Schema = Readonly<Record<string, Json>>;

/** Say how large or what form a value has, which types do not. */
const passedOver = new Set(
  'description,default,x-default,examples,format,pattern,minLength,maxLength,minItems,maxItems,minimum,maximum,exclusiveMinimum,uniqueItems,propertyNames'.split(
    ',',
  ),
);
const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;
const head =
  '/** The API as its document has it. `npm run schema` writes this; docs/api-types.ts says how. */\n';

export function apiTypesText(document: string): string {
  const { paths, components } = objectOf(JSON.parse(document));
  const schemas = Object.entries(objectOf(objectOf(components)['schemas'])).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`,
  );
  const routes = Object.entries(objectOf(paths)).map(
    ([path, item]) => `  '${path}': {\n${routesOf(objectOf(item))}  };\n`,
  );
  return `${head}${schemas.join('')}export interface paths {\n${routes.join('')}}\n`;
}

/** The states of a sync in the document's order: those that need a person come first. */
export function statesText(document: string): string {
  const { components } = objectOf(JSON.parse(document));
  const status = objectOf(objectOf(objectOf(components)['schemas'])['SyncStatus']);
  const { enum: states } = objectOf(objectOf(status['properties'])['state']);
  return `${JSON.stringify(states, undefined, 2)}\n`;
}

function routesOf(item: Schema): string {
  return methods
    .flatMap((method) => {
      const route = item[method];
      return route === undefined ? [] : [`    ${method}: ${routeOf(objectOf(route))};\n`];
    })
    .join('');
}

function routeOf(route: Schema): string {
  const parts = [`parameters: ${parametersOf(listOf(route['parameters'] ?? []).map(objectOf))}`];
  if (route['requestBody'] !== undefined) {
    const body = objectOf(route['requestBody']);
    parts.push(`requestBody${body['required'] === true ? '' : '?'}: ${contentOf(body)}`);
  }
  const answers = Object.entries(objectOf(route['responses'])).map(
    ([status, answer]) => `${status}: ${contentOf(objectOf(answer))}`,
  );
  return `{ ${parts.join('; ')}; responses: { ${answers.join('; ')} } }`;
}

function parametersOf(parameters: readonly Schema[]): string {
  const places = ['query', 'path', 'header'].flatMap((place) => {
    const here = parameters.filter((each) => each['in'] === place);
    const needed = here.some((each) => each['required'] === true);
    const named = here.map((each) =>
      property(String(each['name']), each['schema'] ?? {}, each['required'] === true),
    );
    return named.length === 0 ? [] : [`${place}${needed ? '' : '?'}: { ${named.join('; ')} }`];
  });
  return `{ ${places.join('; ')} }`;
}

/** Where there is JSON, the other types are files that no page reads. */
function contentOf(holder: Schema): string {
  const media = objectOf(holder['content'] ?? {});
  const json = media['application/json'];
  const read = json === undefined ? media : { 'application/json': json };
  const content = Object.entries(read).map(
    ([type, each]) => `'${type}': ${typeOf(objectOf(each)['schema'] ?? {})}`,
  );
  return content.length === 0 ? '{ content?: never }' : `{ content: { ${content.join('; ')} } }`;
}

const property = (name: string, schema: Json, isNeeded: boolean) =>
  `${/^\w+$/.test(name) ? name : `'${name}'`}${isNeeded ? '' : '?'}: ${typeOf(schema)}`;

function typeOf(given: Json): string {
  if (typeof given === 'boolean') return given ? 'unknown' : 'never';
  const { $ref, anyOf, oneOf, enum: values, const: only, type, ...rest } = objectOf(given);
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (only !== undefined) return JSON.stringify(only);
  if (values !== undefined) return unionOf(listOf(values).map((each) => JSON.stringify(each)));
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return unionOf(listOf(choices).map(typeOf));
  if (Array.isArray(type)) {
    return unionOf(type.map((each) => typeOf({ ...objectOf(given), type: each })));
  }
  return namedType(type, rest);
}

const unionOf = (types: readonly string[]) => `(${[...new Set(types)].join(' | ')})`;

function namedType(type: Json, { properties, ...rest }: Schema): string {
  const { required, additionalProperties, items, ...others } = rest;
  const unknown = Object.keys(others).find((word) => !passedOver.has(word));
  if (unknown !== undefined) throw new Error(`No type is known for ${unknown} of JSON Schema.`);
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `${typeOf(items ?? true)}[]`;
    case 'object': {
      const needed = new Set(listOf(required ?? []));
      const named = Object.entries(objectOf(properties ?? {})).map(([name, schema]) =>
        property(name, schema ?? true, needed.has(name)),
      );
      const open = additionalProperties ?? false;
      if (open === false) return `{ ${named.join('; ')} }`;
      const any = `{ [name: string]: ${typeOf(open)} }`;
      return named.length === 0 ? any : `({ ${named.join('; ')} } & { [name: string]: unknown })`;
    }
    default:
      return 'unknown';
  }
}

function objectOf(value: Json): Schema {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error('The document has no object where one belongs.');
}

function listOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  throw new Error('The document has no list where one belongs.');
}
