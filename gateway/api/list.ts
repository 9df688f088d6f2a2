/** Lists: `{"items": [...], "next": null | "cursor"}`. A cursor is opaque to the reader and needs no memory here. */
import { badParameter } from './problem.ts';
import { list as arrayOf, named, nullable, object, ref, text, type NamedSchema, type Schema } from './schemas/schema.ts';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
}
export interface ListResource<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export const limitSchema: Schema<number> = { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'How many items at most' };
export const cursorSchema: Schema<string> = { type: 'string', maxLength: 200, description: 'The `next` of the page before' };
export const listQuerySchema: Schema<ListQuery> = object<ListQuery>({ limit: limitSchema, cursor: cursorSchema }, 'Paging', ['limit', 'cursor']);

export const listSchema = <Item>(item: NamedSchema<Item>): NamedSchema<ListResource<Item>> => named(`${item.$id}List`, object<ListResource<Item>>({
  items: arrayOf(ref(item), 'The page'), next: nullable(text('Cursor of the page after; null: this was the last')),
}, `A page of ${item.$id}`));

export const encodeCursor = (content: string): string => Buffer.from(content, 'utf8').toString('base64url');
export const decodeCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

/** The number that a cursor holds. Throws the 400 problem for a cursor that we did not make. */
export function numberCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const content = decodeCursor(cursor);
  if (!/^\d{1,15}$/.test(content)) throw badParameter('cursor', cursor, 'the `next` of the page before');
  return Number(content);
}

/**
 * One page of a list that is held in memory. The cursor names the last item and its place: where that item has gone
 * meanwhile the list goes on from its place, so that an item may show twice or be missed, but reading always ends.
 */
export function pageOf<Item>(items: readonly Item[], idOf: (item: Item) => string, { limit, cursor }: ListQuery): ListResource<Item> {
  const start = cursor === undefined ? 0 : placeAfter(items, idOf, cursor);
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  const more = start + page.length < items.length && last !== undefined;
  return { items: page, next: more ? encodeCursor(`${start + page.length} ${idOf(last)}`) : null };
}

function placeAfter<Item>(items: readonly Item[], idOf: (item: Item) => string, cursor: string): number {
  const [, place, id] = /^(\d{1,15}) (.+)$/s.exec(decodeCursor(cursor)) ?? [];
  if (place === undefined || id === undefined) throw badParameter('cursor', cursor, 'the `next` of the page before');
  const at = Number(place);
  const before = items[at - 1];
  if (before !== undefined && idOf(before) === id) return at;
  const moved = items.findIndex((item) => idOf(item) === id);
  return moved < 0 ? at : moved + 1;
}
