/** Text that has to fit a width. */
import { eastAsianWidth } from 'get-east-asian-width'

/** Columns that `text` takes on a terminal. Joined emoji do not arrive here: `inert` spells out what joins them. */
export function displayWidth(text: string): number {
  // Nearly every cell is ASCII, which needs no table.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) if (!/^\p{M}$/u.test(character)) width += eastAsianWidth(character.codePointAt(0)!)
  return width
}

/** Cuts the middle out of `text` so that it takes at most `width` columns: names differ at their ends. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width <= 1) return '…'.slice(0, width)
  const characters = [...text]
  const tail: string[] = []
  const head: string[] = []
  let room = width - 1
  // Two thirds go to the end, where the layer's own name stands.
  let tailRoom = Math.ceil((room * 2) / 3)
  for (let i = characters.length - 1; i >= 0; i--) {
    const size = displayWidth(characters[i]!)
    if (size > tailRoom) break
    tail.unshift(characters[i]!)
    tailRoom -= size
    room -= size
  }
  for (const character of characters) {
    const size = displayWidth(character)
    if (size > room) break
    head.push(character)
    room -= size
  }
  return `${head.join('')}…${tail.join('')}`
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

/** Breaks at spaces; a word longer than a line is broken wherever the line ends. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(1, width - displayWidth(indent))
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((one) => pieces(one, room))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > room) {
      lines.push(indent + line)
      line = word
    } else line = longer
  }
  if (line !== '') lines.push(indent + line)
  return lines
}

/** A word in parts that each fit into `room` columns. */
function pieces(word: string, room: number): string[] {
  if (displayWidth(word) <= room) return [word]
  const parts: string[] = []
  let part = ''
  for (const character of word) {
    if (part !== '' && displayWidth(part + character) > room) {
      parts.push(part)
      part = character
    } else part += character
  }
  return [...parts, part]
}
