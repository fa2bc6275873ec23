/** Words of commands that a report proposes. */
import { inert } from '../../core/index.js'

/** A word for a shell; names that cannot be typed safely are shown inert and do not claim to work. */
export function commandWord(text: string): string {
  const shown = inert(text, 400)
  return /^[\w./:@%+=,-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`
}
