/** Views on a terminal and as CSV, letter by letter. */
import { describe, expect, it } from 'vitest'
import {
  ansiPaint,
  displayWidth,
  linePlot,
  pathSparkline,
  showValue,
  type View,
  viewToCsv,
  viewToTerminal,
  wrap,
} from '../../src/report/index.js'
import { hostileName } from './fixture.js'
import { hostileView, smallView } from './viewFixture.js'

const table = smallView.sections.find((section) => section.kind === 'table')!
const viewOf = (...sections: View['sections']): View => ({ title: '', facts: [], sections })

describe('a view on a terminal', () => {
  it('is this at 40 columns: the columns of the lowest ranks, names of files as FILE', () => {
    expect(viewToTerminal(smallView, { width: 40 })).toBe(`a.npz against b.npz
npz · 12 KB
2 tensors

changed 50 %   NaN 3   file 4.1 KB

What stands out
  error nan  fc.weight
    3 values are NaN.
  The rest is as it was.
  1 more: see --json or --html

Tensors
  The largest change first.
  tensor     relative  changed  flags
✗ fc.weight      0.25    1,234  nan
✓ fc.bias           –        0

Norm
  fc.weight
  100 │                           ▁▂▄▅▇█
      │                      ▁▃▄▆▇██████
      │                 ▂▃▅▆████████████
      │           ▁▂▄▅▇█████████████████
      │      ▁▃▄▆▇██████████████████████
    1 │▁▂▃▅▆████████████████████████████
      └────────────────▲────────────────
       0             step             20
  ▲ step 10: a jump

Next
  normball diff a.npz b.npz --html FILE
`)
  })

  it('has all columns at 80, small curves among them, and says why to run what comes next', () => {
    const text = viewToTerminal(smallView, { width: 80 })
    expect(text).toContain(`  tensor     shape     relative  changed  path  flags
✗ fc.weight  [10, 64]      0.25    1,234  ▁▄█   nan
✓ fc.bias    [10]             –        0  █▅▁
`)
    expect(text).toContain('\n  normball diff a.npz b.npz --html report.html  every layer\n')
    expect(text).not.toMatch(/\b(bytes|exact)\b/)
  })

  it.each([40, 60, 80, 120, 200])('has no line wider than %i columns, whatever the texts', (width) => {
    for (const view of [smallView, hostileView(), hostileView('层'.repeat(70)), hostileView('x'.repeat(500))]) {
      for (const line of viewToTerminal(view, { width, top: 0 }).split('\n'))
        expect(displayWidth(line), line).toBeLessThanOrEqual(width)
    }
  })

  it('passes nothing on that a terminal obeys', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for control characters
    expect(viewToTerminal(hostileView(), { width: 120 })).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  it('paints tones, and takes nothing from the width for it', () => {
    const painted = viewToTerminal(smallView, { width: 80, paint: ansiPaint })
    expect(painted).toContain('\u001b[31merror nan\u001b[39m  fc.weight')
    expect(painted).toContain('\u001b[31mNaN 3\u001b[39m')
    expect(painted).toContain('\u001b[31m✗\u001b[39m fc.weight')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: takes the colours away
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(viewToTerminal(smallView, { width: 80 }))
  })

  it.each([
    ['what the person asks', { top: 2 }, 0, 2],
    ['everything', { top: 0 }, 5, 50],
    ['what the view suggests', {}, 5, 5],
    ['forty where nobody says', {}, undefined, 40],
  ])('shows %s of a long table', (_what, options, suggested, rows) => {
    const long = {
      ...table,
      ...(suggested === undefined ? {} : { top: suggested }),
      rows: Array.from({ length: 50 }, (_, i) => ({ cells: [`row${i}`, '', i, i, 0, 0] })),
    }
    const text = viewToTerminal(viewOf(long), { width: 80, ...options })
    expect(text.match(/^ {2}row\d+/gm)).toHaveLength(rows)
    expect(text.includes(`${50 - rows} tensors more: see --json or --html`)).toBe(rows < 50)
  })

  it('leaves empty sections and those of pages out', () => {
    const empty = viewOf(
      { ...table, rows: [] },
      { kind: 'list', title: 'Nothing', items: [] },
      { kind: 'list', title: 'On a page', items: [{ text: 'x' }], pageOnly: true },
      { kind: 'picture', title: 'Picture', svg: '<svg/>' },
      { kind: 'text', title: 'Text', text: 'text' },
      { kind: 'list', title: 'Flags', items: [], empty: 'nothing stands out' },
    )
    expect(viewToTerminal(empty, { width: 80 })).toBe('Flags: nothing stands out\n')
  })

  it('shows many curves as rows, errors and warnings first', () => {
    const series = ['a', 'b', 'c'].map((name, i) => ({
      name,
      points: [0, 1, 2].map((x) => [x, (i + 1) * x] as const),
      ...(name === 'c' ? { tone: 'error' as const } : {}),
    }))
    const chart = { kind: 'chart' as const, title: 'Paths', x: { title: 'step' }, y: { title: 'norm' }, series }
    expect(viewToTerminal(viewOf(chart), { width: 60 })).toBe(`Paths
  norm  first  last  over step
✗ c         0     6  ▁▅█
  a         0     2  ▁▅█
  b         0     4  ▁▅█
`)
  })
})

describe('a view as CSV', () => {
  it('is its first table with every column, the tags last, in full precision', () => {
    expect(viewToCsv(smallView)).toBe(
      'name,shape,relative,changed,bytes,exact,flags\r\nfc.weight,"[10, 64]",0.25,1234,5120,0.30000000000000004,nan\r\nfc.bias,[10],,0,40,,\r\n',
    )
  })

  it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('disarms the formula %j', (text) => {
    const csv = viewToCsv(viewOf({ ...table, rows: [{ cells: [text, '', -1, 0, 0, Number.NaN] }] }))
    expect(csv.split('\r\n')[1]).toMatch(/^"?'[=+\-@\t\r]/)
    expect(csv).toContain(',-1,0,0,NaN')
  })

  it('puts the tables of several parts below one another, each row with its part', () => {
    const part = (title: string): View['sections'][number] => ({ kind: 'part', title, facts: [], sections: [table] })
    const lines = viewToCsv(viewOf(part('a'), part('b'))).split('\r\n')
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
      ['part', 'name'],
      ['a', 'fc.weight'],
      ['a', 'fc.bias'],
      ['b', 'fc.weight'],
      ['b', 'fc.bias'],
      [''],
    ])
  })

  it('is empty without a table', () => {
    expect(viewToCsv(viewOf())).toBe('')
  })
})

describe('values, plots and lines', () => {
  it('shows values by their format', () => {
    expect(showValue(1234.5678, 'number')).toBe('1235')
    expect(showValue(1234567, 'count')).toBe('1,234,567')
    expect(showValue(0.00001, 'share')).toBe('<0.1 %')
    expect(showValue(2.5, 'share')).toBe('250 %')
    expect(showValue(-0.125, 'share')).toBe('-12.5 %')
    expect(showValue(-4096, 'bytes')).toBe('-4.1 KB')
    expect(showValue(Number.NaN, 'count')).toBe('NaN')
    expect(showValue(null, 'text')).toBe('–')
    expect(showValue(hostileName, 'text')).not.toContain('\u001b')
  })

  it('plots a curve between its extremes, with the ends of its axis', () => {
    const plot = linePlot(
      [
        [0, 1],
        [4, 3],
        [8, 2],
      ],
      { width: 12, height: 2, xTitle: 'x', marks: [4] },
    )
    expect(plot).toEqual(['3 │   ▄█▆▄▂', '1 │▁▄███████', '  └────▲────', '   0   x   8'])
  })

  it('plots nothing of nothing, one point flat, and leaves out what a logarithm has not', () => {
    expect(linePlot([], { width: 20, height: 2 })).toEqual([])
    expect(linePlot([[1, Number.NaN]], { width: 20, height: 2 })).toEqual([])
    expect(linePlot([[1, 5]], { width: 8, height: 1 })).toEqual(['5 │▄▄▄▄▄', '  └─────', '   1   1'])
    const points = [
      [0, 0],
      [1, 1],
      [2, 100],
    ] as const
    expect(linePlot(points, { width: 9, height: 1, logY: true })[0]).toMatch(/^100 │/)
  })

  it('draws paths over their range, flat ones flat, gaps where there is no number', () => {
    expect(pathSparkline([1, 2, 3], 10)).toBe('▁▅█')
    expect(pathSparkline([100, 100.1, 100], 10)).toBe('▄▄▄')
    expect(pathSparkline([1, null, 3], 10)).toBe('▁ █')
    expect(pathSparkline([1, 10, 100], 10, true)).toBe('▁▅█')
    expect(pathSparkline([0, 10, 100], 10, true)).toBe(' ▁█')
    expect(pathSparkline([], 10)).toBe('')
  })

  it('breaks words that are longer than a line', () => {
    expect(wrap('one abcdefghij two', 4)).toEqual(['one', 'abcd', 'efgh', 'ij', 'two'])
    expect(wrap('层层层', 4)).toEqual(['层层', '层'])
  })
})
