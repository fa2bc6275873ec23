/** `diff` as a view: what a person is led to. */
import { describe, expect, it } from 'vitest'
import { diffView, plainPaint, viewToCsv, viewToHtml, viewToTerminal } from '../../src/report/index.js'
import { type DiffOptions, type DiffReport, diff } from '../../src/weights/index.node.js'
import { noise, safetensors } from '../weights/diff-files.js'

const rank1 = (n: number): Float32Array => {
  const [base, u, v] = [noise(1, n * n), noise(2, n), noise(3, n)]
  return base.map((x, at) => x + u[Math.floor(at / n)]! * v[at % n]!)
}
const a = safetensors({
  'block.0.weight': { shape: [20, 20], values: noise(1, 400) },
  'block.1.weight': { shape: [20, 20], values: noise(9, 400) },
  old: { shape: [2], values: [1, 2] },
})
const b = safetensors({
  'block.0.weight': { shape: [20, 20], values: rank1(20) },
  'block.1.weight': { shape: [20, 20], values: noise(9, 400) },
  new: { shape: [3], values: [1, 2, 3] },
})
const made = (options: DiffOptions = {}): Promise<DiffReport> => diff(a, b, { workers: 0, ...options })
const textOf = (report: DiffReport, width = 140): string =>
  viewToTerminal(diffView(report), { width, paint: plainPaint, top: 0 })

describe('the view of a diff', () => {
  it('has the layer that moved most on top, and says that its change is low-rank', async () => {
    const text = textOf(await made())
    expect(text).toContain('block.0.weight moved most')
    expect(text).toContain('The change of block.0.weight is low-rank: 1 of 20')
    expect(text.indexOf('  block.0.weight')).toBeLessThan(text.indexOf('  block.1.weight'))
    expect(text).toContain('only in a: old')
    expect(text).toContain('only in b: new')
    expect(text).toContain('--match shape')
  })

  it('leaves out columns that nothing fills', async () => {
    const text = textOf(await made({ spectra: 'none' }))
    expect(text).not.toContain('σ₁')
    expect(text).not.toContain('spectrum of')
  })

  it('shows a check, with its outcome', async () => {
    expect(textOf(await made({ failOver: 0.01 }))).toContain('above the limit of 0.01')
    expect(textOf(await made({ failOver: 10 }))).toContain('not above the limit of 10')
  })

  it('is inert, whatever the names hold', async () => {
    const evil = 'x<script>alert(1)</script>\u001b[2J'
    const one = safetensors({ [evil]: { shape: [1], values: [1] } })
    const two = safetensors({ [evil]: { shape: [1], values: [2] } })
    const report = await diff(one, two, { workers: 0 })
    expect(textOf(report)).not.toContain('\u001b')
    expect(await viewToHtml(diffView(report))).not.toContain('<script>alert')
  })

  it('is CSV with a line for every tensor', async () => {
    const lines = viewToCsv(diffView(await made()))
      .trim()
      .split('\n')
    expect(lines).toHaveLength(3)
    const header = lines[0]!.split(',')
    for (const key of ['relative', 'deltaL1', 'deltaSpectral', 'nameB', 'linfB', 'changed'])
      expect(header).toContain(key)
  })

  it('of two empty files says that there is nothing', async () => {
    const none = safetensors({})
    expect(textOf(await diff(none, none, { workers: 0 }))).toContain('No tensor of a has a counterpart in b.')
  })
})
