/** The OpenAPI document as one readable page: no script, nothing from elsewhere. */

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
}
interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly description?: string; readonly schema?: JsonSchema }[];
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }>>;
  readonly 'x-roles'?: readonly string[];
}
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (value: unknown): string => String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** HTML of the whole document; every text in it is escaped. */
export function docsPage(document: OpenApiDocument): string {
  const { info, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => operationSection(method, path, operation)));
  const schemas = Object.entries(components?.schemas ?? {}).map(([name, schema]) => `<section id="schema-${escape(name)}"><h3>${escape(name)}</h3>${schemaTable(schema)}</section>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(info.title)}</title><link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/docs.css"></head><body><main>
<h1>${escape(info.title)} <small>${escape(info.version)}</small></h1><p>${escape(info.description ?? '')}</p>
<p><a href="/api/openapi.json">openapi.json</a> (OpenAPI ${escape(document.openapi)}) · <a href="/">the page</a></p>
<h2>Routes</h2>${operations.join('\n')}
<h2>Objects</h2>${schemas.join('\n')}
</main></body></html>`;
}

function operationSection(method: string, path: string, { summary, parameters = [], responses, 'x-roles': roles = [] }: Operation): string {
  const rows = parameters.map(({ name, in: place, required, description, schema = {} }) =>
    `<tr><td><code>${escape(name)}</code></td><td>${escape(place)}${required === true ? ', required' : ''}</td><td>${typeText(schema)}</td><td>${escape(description ?? schema.description ?? '')}</td></tr>`);
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) =>
    `<li><b>${escape(status)}</b> ${Object.entries(content).map(([type, { schema = {} }]) => `<code>${escape(type)}</code> ${typeText(schema)}`).join(', ')} ${escape(description === 'Default Response' ? '' : description ?? '')}</li>`);
  return `<section><h3><code><b>${escape(method.toUpperCase())}</b> ${escape(path)}</code></h3><p>${escape(summary ?? '')}</p>
${rows.length === 0 ? '' : `<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`}
<ul>${answers.join('')}</ul><p class="roles">Roles: ${escape(roles.join(', '))}</p></section>`;
}

function schemaTable({ properties, description, required = [], ...rest }: JsonSchema): string {
  const intro = description === undefined ? '' : `<p>${escape(description)}</p>`;
  if (properties === undefined) return `${intro}<p>${typeText(rest)}</p>`;
  return `${intro}<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${fieldRows('', properties, required)}</tbody></table>`;
}

function fieldRows(prefix: string, properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): string {
  return Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : ' (may be absent)';
    const row = `<tr><td><code>${escape(prefix + name)}</code></td><td>${typeText(schema)}${optional}</td><td>${escape(schema.description ?? '')}</td></tr>`;
    const inner = schema.properties !== undefined ? schema : schema.items;
    return inner?.properties === undefined ? row : row + fieldRows(`${prefix}${name}${inner === schema ? '' : '[]'}.`, inner.properties, inner.required ?? []);
  }).join('');
}

function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${escape(name)}">${escape(name)}</a>`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((word) => `<code>${escape(word ?? 'null')}</code>`).join(' ');
  if (schema.type === 'array' && schema.items !== undefined) return `list of ${typeText(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return `object of ${typeText(schema.additionalProperties)}`;
  const type = schema.type === undefined ? 'any' : [schema.type].flat().join(' or ');
  return escape(schema.default === undefined ? type : `${type}, default ${JSON.stringify(schema.default)}`);
}
