/** Views as pages: what they hold, and what they must not. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type View, type ViewChart, viewToHtml } from '../../src/report/index.js'
import { hostileView, smallView } from './viewFixture.js'

const viewOf = (...sections: View['sections']): View => ({ title: 'x', facts: [], sections })
const curves = (count: number, change: Partial<ViewChart['series'][number]> = {}): ViewChart['series'] =>
  Array.from({ length: count }, (_, i) => ({
    name: `layer${i}.weight`,
    points: [
      [1, 1 + i],
      [10, 2 + i],
    ] as const,
    ...change,
  }))
const chart = (change: Partial<ViewChart> = {}): ViewChart => ({
  kind: 'chart',
  title: 'Norms',
  x: { title: 'step' },
  y: { title: 'L2' },
  series: curves(2),
  ...change,
})

/** Throws unless every element is closed by its own end tag. */
function checkNesting(markup: string): void {
  const open: string[] = []
  const voids = new Set(['meta', 'input', 'img', '!doctype'])
  const withoutText = markup.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')
  for (const [tag, slash, name, own] of withoutText.matchAll(/<(\/?)([a-zA-Z!][\w-]*)(?:[^<>"]|"[^"]*")*?(\/?)>/g)) {
    if (voids.has(name!) || own === '/') continue
    if (slash === '') open.push(name!)
    else if (open.pop() !== name) throw new Error(`${tag} closes another element`)
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`)
}

describe('a view as a page', () => {
  it.each([
    ['small', smallView],
    ['hostile', hostileView()],
    ['of wide characters', hostileView('层'.repeat(70))],
    ['empty', { title: '', facts: [], sections: [] }],
  ])('%s: is well nested, lets only its own script run, and asks for nothing', async (_what, view) => {
    const page = await viewToHtml(view)
    checkNesting(page)
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)]
    expect(scripts).toHaveLength(1)
    const hash = `sha256-${createHash('sha256').update(scripts[0]![1]!).digest('base64')}`
    expect(page).toContain('content="default-src &#39;none&#39;; ')
    expect(page).toContain(`script-src &#39;${hash}&#39;;`)
    expect(
      [...page.matchAll(/\b(?:src|href|xlink:href)="([^"#]{0,30})/g)].filter(
        ([, url]) => url && !url.startsWith('data:image/png'),
      ),
    ).toEqual([])
    expect(page).not.toMatch(/@import|url\(|\bon[a-z]+="/)
  })

  it('escapes every text of every section, and shows control characters as escapes', async () => {
    const page = await viewToHtml(hostileView())
    expect(page).not.toContain('<img src=x')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for control characters
    expect(page).not.toMatch(/[\u0000-\u0008\u001b\u202e]/)
    expect(page).toContain('&#60;img src=x onerror=alert(1)&#62;')
  })

  it('links what a list names to its row, and marks the row', async () => {
    const page = await viewToHtml(smallView)
    const [, id] = page.match(/<a href="#([\w-]+)">fc\.weight<\/a>/)!
    expect(page).toContain(`<tr id="${id}" class="error"`)
  })

  it('leaves columns for programs out, and explains the rest once', async () => {
    const page = await viewToHtml(smallView)
    expect(page).not.toContain('<button type="button">exact</button>')
    expect(page.match(/<dt>relative<\/dt><dd>change over norm<\/dd>/g)).toHaveLength(1)
  })

  it('offers to find and filter where a table is long', async () => {
    const table = smallView.sections.find((section) => section.kind === 'table')!
    const long = { ...table, rows: Array.from({ length: 300 }, () => table.rows[0]!) }
    expect(await viewToHtml(smallView)).not.toContain('type="search"')
    const page = await viewToHtml(viewOf(long))
    expect(page).toContain('Find a tensor')
    expect(page).toContain('<option value="error">with errors</option>')
    expect(page).not.toContain('with warnings')
    expect(page.length).toBeLessThan(400_000)
  })
})

describe('a chart of a page', () => {
  const draw = (change: Partial<ViewChart>): Promise<string> => viewToHtml(viewOf(chart(change)))

  it('has a colour and a name for each of few curves', async () => {
    const page = await draw({ series: curves(3) })
    for (const i of [0, 1, 2])
      expect(page).toContain(`<g class="curve c${i}" data-says="layer${i}.weight: from ${1 + i} to ${2 + i}">`)
    expect(page.match(/<text class="name c\d"/g)).toHaveLength(3)
  })

  it('draws where the scales say: the first point at the axis, the highest at the top', async () => {
    const page = await draw({
      series: [
        {
          name: 'a',
          points: [
            [0, 0],
            [5, 10],
            [10, 5],
          ],
        },
      ],
    })
    // 436 x 258 pixels between the axes.
    expect(page).toContain('<path d="M0,258L218,0L436,129"/>')
  })

  it('has decades on a logarithmic axis, and says what it cannot draw', async () => {
    const page = await draw({
      y: { title: 'L2', log: true },
      series: [
        {
          name: 'a',
          points: [
            [0, 1],
            [1, 100],
            [2, 0],
            [3, Number.NaN],
            [4, 10_000],
          ],
        },
      ],
    })
    for (const tick of ['1', '10', '100', '1000']) expect(page).toContain(`dy=".32em">${tick}</text>`)
    expect(page).toContain('<path d="M0,258L109,129L436,0"/>')
    expect(page).toContain('2 points not drawn: not finite, or not positive on a logarithmic axis.')
    expect(await draw({ y: { title: 'L2', log: true }, series: [{ name: 'a', points: [[0, 0]] }] })).toContain(
      'There is nothing to draw: no value is positive and finite.',
    )
  })

  it('greys a hundred curves but for those that stand out', async () => {
    const series = [...curves(99), { ...curves(1)[0]!, name: 'bad.weight', tone: 'error' as const }]
    const page = await draw({ series })
    expect(page.match(/<g class="curve rest"/g)).toHaveLength(99)
    expect(page.match(/<g class="curve error"/g)).toHaveLength(1)
    expect(page.match(/<text class="name/g)).toHaveLength(1)
    expect(page).toContain('99 more')
    // What stands out lies on top of what does not.
    expect(page.indexOf('<g class="curve error"')).toBeGreaterThan(page.lastIndexOf('<g class="curve rest"'))
  })

  it('names those that end highest where none stands out', async () => {
    const page = await draw({ series: curves(100) })
    expect([...page.matchAll(/<text class="name c\d"[^>]*><title>([^<]*)/g)].map(([, name]) => name).sort()).toEqual(
      [95, 96, 97, 98, 99].map((i) => `layer${i}.weight`),
    )
    expect(page).toContain('95 more; named are the ones that end highest')
  })

  it('keeps names apart that would overlap', async () => {
    const series = curves(8).map((one) => ({ ...one, points: [[0, 0] as const, [1, 1] as const] }))
    const page = await draw({ series })
    const tops = [...page.matchAll(/<text class="name c\d" x="444" y="([\d.]+)"/g)].map(([, top]) => Number(top))
    expect(tops).toHaveLength(8)
    for (let i = 1; i < tops.length; i++) expect(tops[i]! - tops[i - 1]!).toBeGreaterThanOrEqual(14)
    expect(Math.min(...tops)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...tops)).toBeLessThanOrEqual(258)
  })

  it('marks places, with what happened there', async () => {
    const page = await draw({ marks: [{ x: 5.5, label: 'a jump', tone: 'warning' }] })
    expect(page).toContain(
      '<g class="mark warning"><title>step 5.5: a jump</title><line x1="218" x2="218" y1="0" y2="258"/>',
    )
  })

  it('puts labels of marks that are near on lines of their own, and leaves out those that find no room', async () => {
    const marks = Array.from({ length: 6 }, (_, i) => ({ x: 5 + i / 100, label: `a jump of layer${i}` }))
    const page = await draw({ marks })
    const tops = [...page.matchAll(/<g class="mark info">.*?<\/g>/g)].map(
      ([mark]) => mark.match(/<text [^>]*y="(-?\d+)"/)?.[1],
    )
    expect(tops).toEqual(['-4', '-17', '-30', '-43', undefined, undefined])
    expect(page).toContain('viewBox="0 -39 660 359"')
  })

  it('gives its numbers as a table, too', async () => {
    const page = await draw({ series: curves(2) })
    expect(page).toContain('<th scope="row">layer1.weight</th><td>2</td><td>3</td>')
  })
})
