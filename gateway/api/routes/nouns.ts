/** Registers the two routes of a noun: the list and the single object. */
import type { FastifyInstance } from 'fastify';
import { listQuerySchema, listSchema, pageOf, type ListQuery } from '../list.ts';
import type { Principal, Role } from '../principal.ts';
import { notFound } from '../problem.ts';
import { id, object, ref, type NamedSchema, type Schema } from '../schemas/schema.ts';

export interface Noun<Item> {
  /** Plural, as in the URL. */
  readonly plural: string;
  readonly singular: string;
  readonly schema: NamedSchema<Item>;
  readonly roles: readonly Role[];
  readonly all: (principal: Principal, query: Readonly<Record<string, unknown>>) => readonly Item[];
  readonly one: (id: string, principal: Principal) => Item | undefined;
  readonly idOf: (item: Item) => string;
  /** Name of the parameter in the URL where it is not `id`. */
  readonly parameter?: string;
  readonly query?: Readonly<Record<string, unknown>>;
}

export const idParams = (parameter = 'id'): Schema<Readonly<Record<string, string>>> =>
  object<Readonly<Record<string, string>>>({ [parameter]: id(`Id, as in the list`) }, 'Path');

export function nounRoutes<Item>(app: FastifyInstance, noun: Noun<Item>): void {
  const { plural, singular, roles, parameter = 'id' } = noun;
  const lists = listSchema(noun.schema);
  for (const schema of [noun.schema, lists]) if (app.getSchema(schema.$id) === undefined) app.addSchema(schema);
  app.get<{ Querystring: ListQuery }>(`/api/v1/${plural}`, {
    config: { roles },
    schema: { summary: `All ${plural}`, tags: [plural], querystring: noun.query ?? listQuerySchema, response: { 200: ref(lists) } },
  }, (request) => pageOf(noun.all(request.principal, { ...request.query }), noun.idOf, request.query));
  app.get<{ Params: Readonly<Record<string, string>> }>(`/api/v1/${plural}/:${parameter}`, {
    config: { roles },
    schema: { summary: `One ${singular}`, tags: [plural], params: idParams(parameter), response: { 200: ref(noun.schema) } },
  }, (request) => {
    const asked = request.params[parameter] ?? '';
    const found = noun.one(asked, request.principal);
    if (found === undefined) throw notFound(singular, asked);
    return found;
  });
}
