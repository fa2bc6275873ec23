/** Text that comes from a file or that a person reads: made inert, shortened, counted. */

/** Shows foreign text inertly: control, bidirectional and invisible characters become `\u{...}` escapes, and long text is cut in the middle. */
export function inert(text: string, limit = 120): string {
  const safe = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (character) => `\\u{${character.charCodeAt(0).toString(16)}}`,
  )
  if (safe.length <= limit) return safe
  const head = Math.ceil((limit - 1) * 0.6)
  return `${safe.slice(0, head)}…${safe.slice(safe.length - (limit - 1 - head))}`
}

/** `1 tensor`, `2 tensors`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Bytes for a reader: `560 KB`, `4.1 GB` (powers of 1000). */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['KB', 'MB', 'GB', 'TB', 'PB', 'EB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`
}
