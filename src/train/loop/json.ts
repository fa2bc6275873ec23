/** JSON with all numbers: those that are not finite are the words "NaN", "Infinity", "-Infinity", as everywhere in normball's JSON. */

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one))
}

const words: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

export function fromJson(text: string): unknown {
  return JSON.parse(text, (_, one) => words.get(one) ?? one)
}
