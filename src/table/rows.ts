/**
 * Rows of a CSV file, in pieces that are parsed one at a time, so that memory holds one piece and not the file. A piece ends at a line's end
 * outside quotes: quotes come in pairs, also those that stand for themselves ("").
 */
import { FormatError, inert } from '../core/index.js'

/** Characters of a piece, about. */
const pieceLength = 1 << 18
/** A field or line longer than this is no table: a quote was not closed. */
const longest = 1 << 24

export interface Row {
  readonly cells: readonly string[]
  /** Where it begins, from 1 on. */
  readonly line: number
}

/** Text of the file, piece by piece, each ending where a row does. */
async function* pieces(chunks: AsyncIterable<string>, name: string): AsyncGenerator<string> {
  let rest = ''
  /** So much of `rest` was looked through; an odd number of quotes lies there. */
  let seen = 0
  let isQuoted = false
  let cut = -1
  for await (const chunk of chunks) {
    rest += chunk
    for (; seen < rest.length; seen++) {
      const code = rest.charCodeAt(seen)
      if (code === 34) isQuoted = !isQuoted
      else if (code === 10 && !isQuoted) cut = seen
    }
    if (cut >= 0 && rest.length >= pieceLength) {
      yield rest.slice(0, cut + 1)
      rest = rest.slice(cut + 1)
      seen = rest.length
      cut = -1
    } else if (cut < 0 && rest.length > longest)
      throw new FormatError('bad-table', `'${inert(name)}' has a line of more than ${longest} characters. Is a quote not closed?`, { file: name }) // biome-ignore format: one line
  }
  if (isQuoted) throw new FormatError('bad-quotes', `'${inert(name)}' ends within quotes: a quoted field is not closed.`, { file: name }) // biome-ignore format: one line
  if (rest !== '') yield rest
}

/** All rows but empty lines, with their lines. `delimiter` null: told by the first piece. */
export async function* rowsOf(
  chunks: AsyncIterable<string>,
  name: string,
  delimiter: string | null,
): AsyncGenerator<readonly Row[]> {
  const { default: Papa } = await import('papaparse')
  let known = delimiter
  let line = 1
  for await (const piece of pieces(chunks, name)) {
    if (known === null) {
      if (piece.includes('\0'))
        throw new FormatError('not-a-table', `'${inert(name)}' is no text: it holds zero bytes. Expected CSV.`, { file: name }) // biome-ignore format: one line
      known = guess(piece)
    }
    const { data, errors } = Papa.parse<string[]>(piece, { delimiter: known, header: false, dynamicTyping: false })
    const rows: Row[] = []
    for (const cells of data) {
      const isEmpty = cells.length === 1 && cells[0] === ''
      if (!isEmpty) rows.push({ cells, line })
      line++
      for (const cell of cells) for (let i = cell.indexOf('\n'); i >= 0; i = cell.indexOf('\n', i + 1)) line++
    }
    // The piece ended with a line's end, after which there is no row.
    if (piece.endsWith('\n')) line--
    const quotes = errors.find(({ type }) => type === 'Quotes')
    if (quotes)
      throw new FormatError(
        'bad-quotes',
        `'${inert(name)}' line ${rows[quotes.row ?? 0]?.line ?? line}: a quoted field does not end where a field does.`,
        { file: name },
      )
    yield rows
  }
}

/** The delimiter that the first lines have most of, outside quotes. */
function guess(piece: string): string {
  const head = piece.slice(0, 1 << 16).replace(/"[^"]*"/g, '')
  const lines = head.split('\n', 20).filter((line) => line.trim() !== '')
  let best = ','
  let most = 0
  for (const one of [',', ';', '\t', '|']) {
    const counts = lines.map((line) => line.split(one).length - 1)
    // As often in every line; the last may be cut off.
    const least = Math.min(...(counts.length > 2 ? counts.slice(0, -1) : counts))
    if (least > most) [best, most] = [one, least]
  }
  return best
}
