/** What to run next, in words that can be typed. */
import { inert } from '../../core/index.js'
import type { Paint } from '../paint.js'
import type { View } from '../views/view.js'
import { displayWidth, padEnd, shorten } from '../wrap.js'

export function nextLines(next: NonNullable<View['next']>, width: number, paint: Paint): string[] {
  if (next.length === 0) return []
  const commands = next.map(([command]) => fitted(inert(command, 2000), width - 2))
  const reasons = next.map(([, why]) => inert(why, 300))
  const longest = Math.max(...commands.map(displayWidth))
  const explains = longest + 4 + Math.max(...reasons.map(displayWidth)) <= width
  return [
    paint('bold', 'Next'),
    ...reasons.map((why, i) =>
      explains ? `  ${padEnd(commands[i]!, longest)}  ${paint('dim', why)}` : `  ${commands[i]}`,
    ),
  ]
}

/** A command that is cut cannot be run: where it does not fit, FILE stands for its longest path. */
function fitted(command: string, width: number): string {
  let shown = command
  while (displayWidth(shown) > width) {
    const paths = shown.match(/'(?:[^']|'\\'')*'|[^\s']*[/\\.][^\s']*/g)?.filter((word) => word.length > 4) ?? []
    const longest = paths.reduce((most, word) => (word.length > most.length ? word : most), '')
    if (longest === '') return shorten(shown, width)
    shown = shown.replace(longest, () => 'FILE')
  }
  return shown
}
