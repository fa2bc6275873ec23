/** The view of a factorization: told in full, and names of files inert on a terminal and on a page. */
import { describe, expect, it } from 'vitest'
import { factorPicture, factorTable } from '../../src/factor/index.node.js'
import { factorView, pictureView, type View, viewToHtml, viewToTerminal } from '../../src/report/index.js'
import { readCsv } from '../../src/table/index.node.js'
import { hostileName } from './fixture.js'

const head = { normball: '0', command: 'factor', backend: null, path: 'a.csv', with: null, model: null, saved: null, ratings: null, interactions: null, words: null, topics: null, seconds: 1 } as const // biome-ignore format: one line
type Report = Parameters<typeof factorView>[0]

async function report(options: Parameters<typeof factorTable>[1], column = 'a'): Promise<Report> {
  const quoted = `"${column.replaceAll('"', '""')}"`
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${30 - i + (i % 3)},${(i * 7) % 11},${i % 2 === 0 ? 'low' : column === 'a' ? 'high' : quoted}`) // biome-ignore format: one line
  const table = await readCsv({ text: `${quoted},b,c,kind\n${rows.join('\n')}\n` })
  const { report: found, estimator } = await factorTable(table, { target: 'kind', ...options })
  estimator.dispose()
  return { ...head, ...found }
}
const titles = ({ sections }: View): (string | undefined)[] => sections.map((one) => ('title' in one ? one.title : undefined)) // biome-ignore format: one line

describe('the view of components', () => {
  it('has components, rules, errors, the plane with its groups, and what to run next', async () => {
    const view = factorView(await report({ method: 'pca', k: 2 }))
    for (const title of ['Components', 'Where to stop', 'Scree', 'What k components leave', 'The rows', 'Loadings'])
      expect(titles(view)).toContain(title)
    const scatter = view.sections.find((one) => one.kind === 'scatter')!
    expect(scatter).toMatchObject({ by: 'kind' })
    expect(scatter.kind === 'scatter' && scatter.groups.map(({ name, points }) => [name, points.length])).toEqual([['high', 15], ['low', 15]]) // biome-ignore format: one line
    expect(view.next?.map(([command]) => command)[0]).toBe(
      'normball factor a.csv --method pca --k 2 --target kind --html factor.html',
    )
  })

  it('has clusters in place of components, and no scree', async () => {
    const view = factorView(await report({ method: 'kmeans', k: 2 }))
    expect(titles(view)).toContain('Clusters')
    for (const title of ['Components', 'Scree']) expect(titles(view)).not.toContain(title)
  })
})

describe('a scatter chart', () => {
  const view: View = { title: '', facts: [], sections: [{ kind: 'scatter', title: 'The rows', x: { title: 'left' }, y: { title: 'up' }, by: 'kind', groups: [{ name: hostileName, points: [[0, 0], [1, 2]] }, { name: 'b', points: [[2, 4]] }] }] } // biome-ignore format: one line
  it('shows axes, their ends and groups on a terminal', () => {
    const text = viewToTerminal(view, { width: 60 })
    for (const word of ['The rows', 'left', 'up', '4 │', '0 │']) expect(text).toContain(word)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
  })

  it('is a drawing on a page, its names inert', async () => {
    const html = await viewToHtml(view)
    expect(html).toContain('<svg')
    expect(html).not.toContain('<script>alert')
    expect(html).not.toContain('<img src=x')
  })

  it('without points, or with one, is shown without fail', () => {
    const of = (points: [number, number][]): View => ({ ...view, sections: [{ kind: 'scatter', title: 'T', x: { title: 'x' }, y: { title: 'y' }, by: null, groups: points.length === 0 ? [] : [{ name: 'rows', points }] }] }) // biome-ignore format: one line
    expect(viewToTerminal(of([[3, 3]]), { width: 60 })).toContain('T')
    expect(viewToTerminal(of([]), { width: 60 })).not.toContain('NaN')
  })
})

describe('names of a table', () => {
  const name = '<script>alert(1)</script>\u001b[31m\u202e'
  it.each(['pca', 'kmeans', 'lda'] as const)('are inert in the report of %s', async (method) => {
    const view = factorView(await report({ method, k: 1 }, name))
    const html = await viewToHtml(view)
    expect(html).not.toContain('<script>alert(1)')
    const text = viewToTerminal(view, { width: 100 })
    for (const mark of ['\u001b', '\u202e']) {
      expect(text).not.toContain(mark)
      expect(html).not.toContain(mark)
    }
  })
})

describe('the view of a picture', () => {
  it('tells what is kept and lost', () => {
    const data = Uint8Array.from({ length: 96 }, (_, i) => (i * 37) % 251)
    const { figures } = factorPicture({ channels: 1, height: 8, width: 12, data }, { k: 2 })
    const view = pictureView({ ...figures, normball: '0', command: 'factor', backend: null, path: hostileName, output: 'out.png', bytes: { input: 100, output: 90 }, seconds: 1 }, null) // biome-ignore format: one line
    expect(titles(view)).toContain('Error against size')
    expect(view.facts.join()).toContain('12 × 8 pixels, grey')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be there
    expect(viewToTerminal(view, { width: 80 })).not.toMatch(/[\u001b\u202e]/)
  })
})
