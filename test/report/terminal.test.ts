import { describe, expect, it } from 'vitest'
import { ansiPaint, displayWidth, shorten, sparkline, toTerminal, wrap } from '../../src/report/index.js'
import { fileFixture, hostileName, reportFixture, tensorFixture } from './fixture.js'

const escapeStart = '\u001b'

describe('terminal report', () => {
  it('fits every line into 80 and into 200 columns', () => {
    for (const width of [60, 80, 120, 200]) {
      const lines = toTerminal(reportFixture(30), { width }).split('\n')
      for (const line of lines) expect(displayWidth(line), `${width}: ${line}`).toBeLessThanOrEqual(width)
    }
  })

  it('shows more columns where there is more room', () => {
    const header = (width: number): string =>
      toTerminal(reportFixture(), { width })
        .split('\n')
        .find((line) => /\bshape\b/.test(line))!
    expect(header(80)).toContain('L2')
    expect(header(80)).not.toContain('cond')
    expect(header(200)).toContain('cond')
    expect(header(200)).toContain('exponents')
  })

  it('puts the worst tensor first and marks it', () => {
    const lines = toTerminal(reportFixture(5), { width: 120 }).split('\n')
    const first = lines[lines.findIndex((line) => /\bshape\b/.test(line)) + 1]!
    expect(first).toMatch(/^✗ encoder\.layers\.1\.weight/)
  })

  it('keeps the figures in the order of --sort', () => {
    const text = toTerminal(reportFixture(4), { width: 200, sort: 'l2' })
    const names = [...text.matchAll(/^[✗!· ] (encoder\.layers\.\d)/gm)].map((match) => match[1])
    expect(names.slice(0, 4)).toEqual(['encoder.layers.3', 'encoder.layers.2', 'encoder.layers.1', 'encoder.layers.0'])
  })

  it('never passes an escape or a direction mark from a file on to the terminal', () => {
    const plain = toTerminal(reportFixture(), { width: 200 })
    expect(plain).not.toContain(escapeStart)
    expect(plain).not.toContain('\u202e')
    expect(plain).toContain('\\u{1b}[31m')
    const painted = toTerminal(reportFixture(), { width: 200, paint: ansiPaint })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for escapes
    expect(painted.match(/\u001b\[31m(?!\S)/g) ?? []).toHaveLength(0)
    expect(painted).toContain(`${escapeStart}[1m`)
  })

  it('says how many rows --top left out', () => {
    expect(toTerminal(reportFixture(30), { width: 100, top: 5 })).toContain('26 tensors more: --top 0 shows all')
  })

  it('refuses an unknown sort key with a hint', () => {
    expect(() => toTerminal(reportFixture(), { width: 80, sort: 'stablerank' })).toThrow(
      "--sort: there is no 'stablerank'. Did you mean 'stableRank'?",
    )
  })

  it('shows a file without tensors', () => {
    const text = toTerminal(
      { ...reportFixture(), files: [fileFixture(0, { tensors: [], modules: [] })] },
      { width: 80 },
    )
    expect(text).toContain('0 tensors')
    expect(text).toContain('nothing stands out')
  })

  it('cuts wide characters by columns, not by code units', () => {
    const file = fileFixture(0, { tensors: [tensorFixture({ name: '层'.repeat(60) })] })
    for (const line of toTerminal({ ...reportFixture(), files: [file] }, { width: 80 }).split('\n')) {
      expect(displayWidth(line)).toBeLessThanOrEqual(80)
    }
  })
})

describe('lines of text', () => {
  it('shorten keeps both ends and the width', () => {
    expect(shorten('encoder.layers.0.weight', 12)).toBe('enc…0.weight')
    for (let width = 0; width < 30; width++)
      expect(displayWidth(shorten(hostileName, width))).toBeLessThanOrEqual(width)
  })

  it('wrap breaks at spaces only and loses no word', () => {
    const words = 'one two three four five six'
    expect(wrap(words, 9)).toEqual(['one two', 'three', 'four five', 'six'])
    expect(wrap(words, 9).join(' ')).toBe(words)
  })

  it('sparkline gives the largest the full block and nothing a gap', () => {
    expect(sparkline([0, 1, 8], 8)).toBe(' ▁█')
    expect(sparkline([], 8)).toBe('')
    expect(sparkline([0, 0], 8)).toBe('▁▁')
    expect(
      sparkline(
        Array.from({ length: 100 }, (_, i) => i),
        10,
      ),
    ).toHaveLength(10)
  })
})
