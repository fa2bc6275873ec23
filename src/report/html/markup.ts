/** The only way from text to markup: everything interpolated is escaped unless it is markup already. */

/** Markup that this folder made itself. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Piece = Markup | string | number | null | undefined | false | readonly Piece[]

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function render(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return ''
  if (piece instanceof Markup) return piece.text
  if (Array.isArray(piece)) return piece.map(render).join('')
  return escapeHtml(String(piece))
}

/** html`<td>${text}</td>`: strings and numbers are escaped, arrays joined, null and false left out. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(strings.map((text, i) => text + (i < pieces.length ? render(pieces[i]) : '')).join(''))
}
