/** Rows of words and numbers as the bytes of a CSV file. */

/** Words with a comma, a quote or a line's end stand in quotes. */
const cell = (value: string | number): string => {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csvBytes(names: readonly string[], rows: Iterable<readonly (string | number)[]>): Uint8Array {
  const lines = [names.map(cell).join(',')]
  for (const row of rows) lines.push(row.map(cell).join(','))
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n`)
}
