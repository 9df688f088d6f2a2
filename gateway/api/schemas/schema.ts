/**
 * JSON Schemas that are checked against the types they describe. `Schema<T>` accepts everything that a `T` can hold:
 * a field that is added to a resource, or a word that is added to a state, does not compile until its schema knows it.
 */
declare const holds: unique symbol;
export interface Schema<T> {
  readonly [keyword: string]: unknown;
  /** For the type checker alone: a schema of a wider type may stand where a narrower one is described. */
  readonly [holds]?: (value: T) => void;
}

export const text = (description: string): Schema<string> => ({ type: 'string', description });
export const id = (description: string): Schema<string> => ({ type: 'string', description, examples: ['flood-depot'] });
export const number = (description: string): Schema<number> => ({ type: 'number', description });
export const count = (description: string): Schema<number> => ({ type: 'integer', minimum: 0, description });
export const epochMs = (description: string): Schema<number> => ({ type: 'integer', description: `${description}, epoch milliseconds` });
export const flag = (description: string): Schema<boolean> => ({ type: 'boolean', description });
export const word = <const Word extends string>(words: readonly Word[], description: string): Schema<Word> => ({ type: 'string', enum: words, description });

export const list = <T>(items: Schema<T>, description: string): Schema<readonly T[]> => ({ type: 'array', items, description });
export const record = <T>(values: Schema<T>, description: string): Schema<Readonly<Record<string, T>>> => ({ type: 'object', additionalProperties: values, description });
/** A pair such as [epochMs, value]. */
export const pair = (description: string): Schema<readonly [number, number]> =>
  ({ type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2, description });
/** Any of the four JSON scalars. */
export const scalar = (description: string): Schema<string | number | boolean | null> =>
  ({ type: ['string', 'number', 'boolean', 'null'], description });

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  const keywords: Readonly<Record<string, unknown>> = schema;
  const type = keywords['type'];
  if (Array.isArray(keywords['enum'])) return { ...keywords, type: [type, 'null'], enum: [...keywords['enum'], null] };
  if (typeof type === 'string' && type !== 'object') return { ...keywords, type: [type, 'null'] };
  return { anyOf: [keywords, { type: 'null' }] };
}

type Properties<T> = { readonly [Key in keyof T]-?: Schema<T[Key] extends infer Value | undefined ? Value : never> };

/** An object with exactly these fields; `optional` may be left out. */
export function object<T extends object>(properties: Properties<T>, description: string, optional: readonly (keyof T)[] = []): Schema<T> {
  return {
    type: 'object',
    description,
    additionalProperties: false,
    required: Object.keys(properties).filter((key) => !(optional as readonly string[]).includes(key)),
    properties,
  };
}

/** Gives a schema its name in the OpenAPI document; the server registers it under that name. */
export interface NamedSchema<T> extends Schema<T> { readonly $id: string }
export const named = <T>($id: string, schema: Schema<T>): NamedSchema<T> => ({ $id, ...schema });
export const ref = <T>(schema: NamedSchema<T>): Schema<T> => ({ $ref: `${schema.$id}#` });
