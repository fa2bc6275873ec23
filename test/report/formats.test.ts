import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { script, scriptHash } from '../../src/report/html/script.js'
import {
  columns,
  showCount,
  showNumber,
  showShare,
  sortTensors,
  toCsv,
  toHtml,
  toJson,
} from '../../src/report/index.js'
import { fileFixture, hostileName, reportFixture, tensorFixture } from './fixture.js'

describe('JSON', () => {
  it('writes non-finite numbers as strings and keeps full precision', () => {
    const value = { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: [Number.NEGATIVE_INFINITY], d: 0.1 + 0.2, e: null }
    expect(toJson(value)).toBe('{"a":"NaN","b":"Infinity","c":["-Infinity"],"d":0.30000000000000004,"e":null}\n')
  })
})

describe('CSV', () => {
  it('has a header and one line per tensor, with as many cells', () => {
    const lines = toCsv({
      ...reportFixture(),
      files: [fileFixture(2, { tensors: [tensorFixture(), tensorFixture({ name: 'b' })] })],
    })
      .trimEnd()
      .split('\r\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]!.split(',')).toEqual([
      'file',
      ...columns.map((column) => column.key),
      'group',
      'sharesWith',
      'flags',
    ])
  })

  it('disarms formulas and quotes what needs it', () => {
    const text = toCsv({
      ...reportFixture(),
      files: [fileFixture(0, { tensors: [tensorFixture({ name: '=1+1' }), tensorFixture({ name: 'a,"b"\n' })] })],
    })
    expect(text).toContain("'=1+1")
    expect(text).toContain('"a,""b""\n"')
  })

  it('leaves negative numbers alone', () => {
    expect(toCsv(reportFixture())).toContain(',-0.9,')
  })
})

describe('numbers for people', () => {
  it('shows four digits and never a bound that was not reached', () => {
    expect(
      [0, 1, 1234.567, 1e7, 0.00012345, Number.NaN, Number.POSITIVE_INFINITY, null].map((value) => showNumber(value)),
    ).toEqual(['0', '1', '1235', '1.00e+7', '1.23e-4', 'NaN', 'inf', '–'])
    expect(showCount(1234567)).toBe('1,234,567')
    expect([
      showShare(0, 5),
      showShare(1, 100_000),
      showShare(99_999, 100_000),
      showShare(5, 5),
      showShare(1, 3),
    ]).toEqual(['0 %', '<0.1 %', '>99.9 %', '100 %', '33 %'])
  })
})

describe('sorting', () => {
  it('puts NaN first and what was not computed last', () => {
    const file = fileFixture(0, {
      tensors: [
        tensorFixture({ name: 'none', matrix: null }),
        tensorFixture({ name: 'two', l2: 2 }),
        tensorFixture({ name: 'nan', l2: Number.NaN }),
      ],
    })
    expect(sortTensors(file, 'l2').map((tensor) => tensor.name)).toEqual(['nan', 'none', 'two'])
    expect(sortTensors(file, 'spectral').at(-1)!.name).toBe('none')
  })
})

describe('HTML', () => {
  it('holds no markup of the file', async () => {
    const page = await toHtml(reportFixture())
    for (const evil of [
      '<img src=x',
      '<script>alert',
      '<b>nothing',
      '<i>model',
      '<u>bad',
      '</pre><script>',
      '<b>bold',
      '\u202e',
      '\u001b',
    ]) {
      expect(page.includes(evil), evil).toBe(false)
    }
    expect(page).toContain('&#60;img src=x onerror=alert(1)&#62;')
    expect(hostileName.startsWith('<img')).toBe(true)
  })

  it('lets only its own script run', async () => {
    expect(`sha256-${createHash('sha256').update(script).digest('base64')}`).toBe(scriptHash)
    const page = await toHtml(reportFixture())
    expect(page).toContain(`script-src &#39;${scriptHash}&#39;`)
    expect(page.match(/<script>/g)).toHaveLength(1)
  })

  it('keeps files that hold the same names apart', async () => {
    const page = await toHtml({ ...reportFixture(), files: [fileFixture(3), fileFixture(3, { path: 'second.npz' })] })
    const ids = [...page.matchAll(/<tr id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(8)
    const links = [...page.matchAll(/href="#(t[^"]+)">encoder\.layers\.1\.weight</g)].map(([, id]) => id)
    expect(new Set(links).size).toBe(2)
    for (const link of links) expect(ids).toContain(link)
    expect(page).toContain('<h2>second.npz</h2>')
    expect(page).toContain('<h1>2 files</h1>')
  })

  it('asks for nothing from the network', async () => {
    const page = await toHtml(reportFixture(20))
    expect(
      [...page.matchAll(/\b(?:src|href)="([^"#]{0,30})/g)]
        .map((match) => match[1])
        .filter((url) => !url!.startsWith('data:image/png') && url !== ''),
    ).toEqual([])
    expect(page).not.toMatch(/@import|url\(/)
  })

  it('stays under two megabytes for 300 layers', async () => {
    expect((await toHtml(reportFixture(300))).length).toBeLessThan(2e6)
  })
})
