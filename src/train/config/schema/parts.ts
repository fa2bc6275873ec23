/** Pieces of the schema: numbers with their bounds, and things that go by a name and have options of their own. */

export type Part = Readonly<Record<string, unknown>>
/** A part of one type, or of several. */
export type TypedPart = Part & { readonly type: string | readonly string[] }

/** The largest size or count that means anything; what is above is a slip or an attack. */
const mostWhole = 2 ** 31 - 1

export const whole = (least: number, description?: string): Part => ({
  ...(description === undefined ? {} : { description }),
  type: 'integer',
  minimum: least,
  maximum: mostWhole,
})
export const positive: Part = { type: 'number', exclusiveMinimum: 0 }
export const atLeastZero: Part = { type: 'number', minimum: 0 }
export const above1: Part = { type: 'number', exclusiveMinimum: 1 }
export const number: Part = { type: 'number' }
export const share: Part = { type: 'number', minimum: 0, maximum: 1 }
export const belowOne: Part = { type: 'number', minimum: 0, exclusiveMaximum: 1 }
export const flag: Part = { type: 'boolean' }
export const text: Part = { type: 'string', minLength: 1 }
export const globs: Part = {
  type: ['string', 'array'],
  minLength: 1,
  minItems: 1,
  items: { type: 'string', minLength: 1 },
}
/** One whole number, or one for each axis. */
export const sizes = (least: number): TypedPart => ({
  type: ['integer', 'array'],
  minimum: least,
  maximum: mostWhole,
  minItems: 1,
  maxItems: 3,
  items: whole(least),
})
export const listOf = (items: Part, least = 1): Part => ({ type: 'array', minItems: least, maxItems: 4096, items })
export const oneOf = (...names: readonly (string | number | boolean | null)[]): Part => ({ enum: names })
export const described = (description: string, part: Part): Part => ({ description, ...part })

export const map = (properties: Readonly<Record<string, Part>>, required: readonly string[] = []): Part => ({
  type: 'object',
  additionalProperties: false,
  ...(required.length > 0 ? { required } : {}),
  properties,
})

/** `fits` for what is as `condition` says, `other` for the rest: each with messages of its own. */
export const when = (condition: Part, fits: Part, other: Part = {}): Part => ({
  if: condition,
  // biome-ignore lint/suspicious/noThenProperty: the word is JSON Schema's
  then: fits,
  else: other,
})

/** Things by name, with the options that each takes. */
export type Options = Readonly<Record<string, Readonly<Record<string, Part>>>>

/** A map with `key` (one of the table's names) and the options of that name. The alternatives apart, so that each has its own words. */
export function namedMap(table: Options, key = 'name', common: Readonly<Record<string, Part>> = {}): Part {
  return {
    type: 'object',
    required: [key],
    properties: { [key]: { enum: Object.keys(table) } },
    allOf: Object.entries(table).map(([name, options]) =>
      when(
        { required: [key], properties: { [key]: { const: name } } },
        { additionalProperties: false, properties: { [key]: {}, ...options, ...common } },
      ),
    ),
  }
}

/** A text of one kind, or something else of another: each with messages of its own. */
export const textOr = (ifText: Part, other: TypedPart): Part =>
  // No text comes to the second; the word is for its message.
  when({ type: 'string' }, ifText, { ...other, type: ['string', ...[other.type].flat()] })
