/** What the terminal can do. */

/** Columns for text: the terminal's, `COLUMNS`, or wide enough for a pipe. */
export function terminalWidth(output: string | undefined): number {
  const declared = Number(process.env['COLUMNS'])
  if (output === undefined && process.stdout.isTTY && process.stdout.columns > 0)
    return Math.max(40, process.stdout.columns)
  if (Number.isInteger(declared) && declared > 0) return Math.max(40, declared)
  return 160
}

/** `--color`, then `NO_COLOR`, then whether stdout is a terminal. */
export function usesColor(when: 'auto' | 'always' | 'never', output: string | undefined): boolean {
  if (when !== 'auto') return when === 'always'
  if ((process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb') return false
  return process.stdout.isTTY === true && output === undefined
}
