/** What DuckDB says of a failure, which is JSON where `errors_as_json` is set. */

export interface Said {
  /** DuckDB's class of errors: 'Parser', 'Catalog', 'Permission' ... */
  readonly type: string
  readonly message: string
  /** In the query's UTF-8; null where it is not known. */
  readonly position: number | null
  /** What is missing: 'Table' and its name. */
  readonly missing: { readonly type: string; readonly name: string } | null
}

export function saidBy(error: unknown): Said {
  const text = error instanceof Error ? error.message : String(error)
  const from = text.indexOf('{')
  const parsed = from < 0 ? null : parse(text.slice(from))
  if (parsed === null) return { type: /^(\w[\w ]*?) Error:/.exec(text)?.[1] ?? '', message: oneLine(text.replace(/^(\w[\w ]*? Error: )+/, '')), position: null, missing: null } // biome-ignore format: one line
  const word = (key: string): string | null => (typeof parsed[key] === 'string' ? (parsed[key] as string) : null)
  const [type, name] = [word('type'), word('name')]
  return {
    type: word('exception_type') ?? '',
    message: oneLine(word('exception_message') ?? text),
    position: word('position') === null ? null : Number(word('position')),
    missing: type !== null && name !== null && word('error_subtype') === 'MISSING_ENTRY' ? { type, name } : null,
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim()
