/** A list of a view on a terminal: flags, verdicts, what was not measured. */
import { inert } from '../../core/index.js'
import { showValue, toneWords } from '../cell.js'
import type { Paint } from '../paint.js'
import type { ViewCards, ViewItem, ViewList } from '../views/view.js'
import { displayWidth, shorten, wrap } from '../wrap.js'
import { titleLines } from './title.js'

const notesAlone = 3

export function listLines(list: ViewList, width: number, paint: Paint): string[] {
  const { items, notes = [], empty, title } = list
  if (items.length === 0 && notes.length === 0 && empty === undefined) return []
  if (items.length === 0 && notes.length === 0)
    return wrap(`${inert(title, 300)}: ${inert(empty!, 300)}`, width).map((line) => paint('good', line))
  const shown = list.top === undefined || list.top === 0 ? items : items.slice(0, list.top)
  // Notes that stand alone say what they are.
  const alone = items.length === 0 ? notes.slice(0, notesAlone) : []
  const lines = [...shown, ...alone].flatMap((item) => itemLines(item, width, paint))
  const rest = items.length + notes.length - shown.length - alone.length
  if (rest > 0) lines.push(paint('dim', `  ${rest} more: see --json or --html`))
  return [...titleLines(list, width, paint), ...lines]
}

function itemLines({ tone, code, name, text, names }: ViewItem, width: number, paint: Paint): string[] {
  if (names !== undefined) {
    const about = names.length === 1 ? `${inert(names[0]!)}:` : `${names.length} ×`
    return wrap(`${about} ${inert(text, 400)}`, width, '  ').map((line) => paint('dim', line))
  }
  const said = [tone === undefined ? '' : toneWords[tone], inert(code ?? '', 60)]
    .filter((part) => part !== '')
    .join(' ')
  const word = shorten(said, Math.floor(width / 2))
  if (name === undefined) {
    const lines = wrap(`${word === '' ? '' : `${word}: `}${inert(text, 600)}`, width, '  ')
    const [first = '', ...others] = lines
    const isPainted = tone !== undefined && first.startsWith(`  ${word}:`)
    return [isPainted ? `  ${paint(tone, word)}${first.slice(2 + word.length)}` : first, ...others]
  }
  const room = width - displayWidth(word) - (word === '' ? 2 : 4)
  const head = word === '' ? '' : `${tone ? paint(tone, word) : word}  `
  return [`  ${head}${shorten(inert(name, 200), room)}`, ...wrap(inert(text, 600), width, '    ')]
}

/** `parameters 1,234   L2 norm 12.3`, on as many lines as it takes. */
export function cardLines({ cards }: ViewCards, width: number, paint: Paint): string[] {
  const words = cards.map(({ title, value, format }) => `${inert(title, 60)} ${showValue(value, format)}`)
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    const longer = line === '' ? word : `${line}   ${word}`
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  const all = [...lines, line].filter((text) => text !== '').map((text) => shorten(text, width))
  // A card with a tone is what a person has to see: its value is painted where it stands.
  return all.map((text) =>
    cards.reduce((painted, { title, value, format, tone }) => {
      const word = `${inert(title, 60)} ${showValue(value, format)}`
      return tone === undefined ? painted : painted.replace(word, () => paint(tone, word))
    }, text),
  )
}
