import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels, type Kernels, type Measures, measures } from '../../src/kernels/index.js'
import { families, random } from './random.js'

let kernels: Kernels
let area: number

beforeAll(async () => {
  kernels = createKernels()
  area = kernels.alloc(2 ** 21)
})

type Type = 'f32' | 'bf16'
/** Stores values as f32, or as the bf16 that has the upper half of its bits. */
function put(type: Type, values: ArrayLike<number>): void {
  const singles = Float32Array.from(values)
  if (type === 'f32') kernels.f32(area, singles.length).set(singles)
  else kernels.u16(area, singles.length).set(Uint16Array.from(new Uint32Array(singles.buffer), (word) => word >>> 16))
}

type Figures = ReturnType<ReturnType<Measures['matrix']>['finish']>
const bytesOf = { f32: 4, bf16: 2 } as const

function chunked(type: Type, count: number, next: () => number, update: (pointer: number, count: number) => void) {
  for (let done = 0; done < count; ) {
    const some = Math.min(count - done, next())
    update(area + done * bytesOf[type], some)
    done += some
  }
}

function together(type: Type, rows: number, columns: number, next: () => number): Figures {
  const pass = measures(kernels).matrix(rows, columns, type)
  try {
    chunked(type, rows * columns, next, (pointer, count) => pass.update(pointer, count))
    return pass.finish()
  } finally {
    pass.dispose()
  }
}

/** The oracle: the two passes that have tests of their own, one after the other. */
function apart(type: Type, rows: number, columns: number): Figures {
  const count = rows * columns
  const statistics = measures(kernels).statistics(type)
  const lines = measures(kernels).lines(rows, columns, 'f32')
  const real = kernels.alloc(Math.max(8, count * 4))
  try {
    statistics.update(area, count)
    measures(kernels).convert(type, area, count, real, 'f32')
    lines.update(real, count)
    return { statistics: statistics.finish(), lines: lines.finish() }
  } finally {
    statistics.dispose()
    lines.dispose()
    kernels.free(real)
  }
}

const close = (a: number, b: number, scale: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * scale

function differences(got: Figures, expected: Figures): string[] {
  const wrong: string[] = []
  const { l1, l2, std, count } = expected.statistics
  // What rounding may do to a sum is in proportion to the sum of magnitudes.
  const scales = { l1, l2, sum: l1, mean: l1 / Math.max(1, count), std: Math.max(std, l2 * 1e-9), m2: l2 * l2 } as const
  for (const [key, value] of Object.entries(expected.statistics)) {
    const other = got.statistics[key as keyof typeof got.statistics]
    const same =
      key in scales
        ? close(other as number, value as number, scales[key as keyof typeof scales])
        : String(other) === String(value)
    if (!same) wrong.push(`${key}: ${String(other)}, expected ${String(value)}`)
  }
  for (const key of ['rowNorms', 'columnNorms'] as const) {
    const norms = expected.lines[key]
    if (norms.length !== got.lines[key].length) wrong.push(`${key}: ${got.lines[key].length} of ${norms.length}`)
    norms.forEach((norm, i) => {
      if (!close(got.lines[key][i]!, norm, norm)) wrong.push(`${key}[${i}]: ${got.lines[key][i]}, expected ${norm}`)
    })
  }
  for (const key of ['deadRows', 'deadColumns'] as const)
    if (String(got.lines[key]) !== String(expected.lines[key]))
      wrong.push(`${key}: ${got.lines[key]}, expected ${expected.lines[key]}`)
  return wrong
}

it('figures of a small matrix, by hand', () => {
  for (const type of ['f32', 'bf16'] as const) {
    put(type, [3, 0, 4, 0, 0, 0, 0, 0, -12])
    const { statistics, lines } = together(type, 3, 3, () => 9)
    expect([...lines.rowNorms]).toEqual([5, 0, 12])
    expect([...lines.columnNorms]).toEqual([3, 0, Math.sqrt(160)])
    expect([[...lines.deadRows], [...lines.deadColumns]]).toEqual([[1], [1]])
    expect(statistics).toMatchObject({ count: 9, zeros: 6, l1: 19, l2: 13, sum: -5, min: -12, max: 4, linf: 12 })
    expect([statistics.exponentMin, ...statistics.exponents]).toEqual([1, 1, 1, 1])
  }
})

// Around lanes, quads of rows, the width and height of tiles; large ones take the tables that tiles need, small ones go the other way.
const shapes: readonly (readonly [number, number])[] = [
  [1, 1],
  [4, 16],
  [3, 40000],
  [1030, 16],
  [2049, 17],
  [2100, 15],
  [260, 511],
  [130, 512],
  [131, 514],
  [66, 1027],
  [41, 2049],
  [4, 33001],
  [5, 65536],
]

describe.each(['f32', 'bf16'] as const)('%s: the same as the two passes', (type) => {
  it.each(shapes)('[%i, %i], in whole, in rows and in ragged chunks', (rows, columns) => {
    const r = random(rows * 7 + columns)
    const count = rows * columns
    put(
      type,
      Float64Array.from({ length: count }, () => (r.next() - 0.5) * 2 ** Math.floor(r.next() * 20 - 10)),
    )
    const expected = apart(type, rows, columns)
    for (const next of [() => count, () => columns * 4, () => columns * 7, () => 1 + Math.floor(r.next() * count)])
      expect(differences(together(type, rows, columns, next), expected)).toEqual([])
  })

  it.each(Object.keys(families))('%s', (family) => {
    const r = random(5)
    const [rows, columns] = [200, 700]
    put(
      type,
      Float64Array.from({ length: rows * columns }, () => families[family]!(r, 100)),
    )
    const expected = apart(type, rows, columns)
    expect(
      differences(
        together(type, rows, columns, () => rows * columns),
        expected,
      ),
    ).toEqual([])
  })

  it('NaN, infinities, zeros, subnormals and a row of zeros among ordinary elements', () => {
    const r = random(11)
    const [rows, columns] = [400, 700]
    const values = Float64Array.from({ length: rows * columns }, () => r.next() - 0.5)
    for (let i = 0; i < 50; i++)
      values[Math.floor(r.next() * values.length)] = [Number.NaN, Infinity, -Infinity, 0, -0, 2 ** -130][i % 6]!
    values.fill(0, 9 * columns, 10 * columns)
    values.fill(Number.NaN, 64 * columns, 80 * columns)
    put(type, values)
    const expected = apart(type, rows, columns)
    expect(expected.statistics.nan).toBeGreaterThan(16 * columns)
    expect(
      differences(
        together(type, rows, columns, () => 4 * columns * 25),
        expected,
      ),
    ).toEqual([])
  })

  it('a mean far above the spread keeps the deviation', () => {
    const r = random(12)
    const [rows, columns] = [512, 600]
    put(
      type,
      Float64Array.from({ length: rows * columns }, () => 256 + Math.floor(r.next() * 3)),
    )
    const { statistics } = together(type, rows, columns, () => rows * columns)
    const expected = apart(type, rows, columns)
    expect(Math.abs(statistics.std - expected.statistics.std)).toBeLessThan(1e-13 * statistics.std + 1e-300)
  })
})

it('refuses what is too much before it counts it, and use after dispose', () => {
  const pass = measures(kernels).matrix(2, 3, 'bf16')
  expect(() => pass.update(area, 7)).toThrow('lines: 7 elements more, where [2, 3] has 6 left.')
  expect(pass.finish().statistics.count).toBe(0)
  pass.dispose()
  expect(() => pass.update(area, 1)).toThrow('lines: the pass has been disposed of.')
})

it('passes that run at the same time share the tables and stay apart', () => {
  const r = random(13)
  const [rows, columns] = [256, 1024]
  const count = rows * columns
  put(
    'f32',
    Float64Array.from({ length: count }, () => r.next() - 0.5),
  )
  const expected = apart('f32', rows, columns)
  const passes = [measures(kernels).matrix(rows, columns, 'f32'), measures(kernels).matrix(rows, columns, 'f32')]
  for (let done = 0; done < count; done += 64 * columns)
    for (const pass of passes) pass.update(area + done * 4, 64 * columns)
  for (const pass of passes) {
    expect(differences(pass.finish(), expected)).toEqual([])
    pass.dispose()
  }
})
