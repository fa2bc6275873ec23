/** Reports as JSON: full precision; non-finite numbers as the strings "NaN", "Infinity", "-Infinity". */

/** Serializes anything plain. `indent` is for people; without it the text is one line. */
export function toJson(value: unknown, indent?: number): string {
  const replace = (_key: string, item: unknown): unknown => {
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item)
    if (typeof item === 'bigint') return item.toString()
    return item
  }
  return `${JSON.stringify(value, replace, indent)}\n`
}
