import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels, type Kernels, type Measures, measures } from '../../src/kernels/index.js'
import { exactStatistics } from './exact.js'
import { families, type Random, random } from './random.js'
import { put } from './stored.js'

let kernels: Kernels
let area: number

beforeAll(async () => {
  kernels = createKernels()
  area = kernels.alloc(2 ** 21)
})

type Real = 'f32' | 'f64'
type Figures = ReturnType<ReturnType<Measures['lines']>['finish']>

/** Measures a matrix in chunks of the lengths that `next` gives. */
function measure(type: Real, rows: number, columns: number, next: () => number, pointer = area): Figures {
  const pass = measures(kernels).lines(rows, columns, type)
  const bytes = type === 'f32' ? 4 : 8
  try {
    for (let done = 0; done < rows * columns; ) {
      const some = Math.min(rows * columns - done, next())
      pass.update(pointer + done * bytes, some)
      done += some
    }
    return pass.finish()
  } finally {
    pass.dispose()
  }
}

/** What is wrong with the figures of a matrix; norms may be off by 1e-13 relative. */
function wrongs(type: Real, values: Float64Array, rows: number, columns: number, figures: Figures): string[] {
  const wrong: string[] = []
  const check = (
    what: string,
    length: number,
    norms: Float64Array,
    dead: Uint32Array,
    line: (i: number) => number[],
  ) => {
    const expectedDead: number[] = []
    for (let i = 0; i < length; i++) {
      const elements = line(i)
      const { l2 } = exactStatistics(elements, type === 'f32' ? -149 : -1074, 0)
      if (elements.every((x) => x === 0)) expectedDead.push(i)
      if (!(norms[i] === l2 || Math.abs(norms[i]! - l2) <= Math.max(1e-13 * l2, 1e-323)))
        wrong.push(`${what} ${i}: ${norms[i]}, expected ${l2}`)
    }
    if (norms.length !== length) wrong.push(`${norms.length} ${what} norms, expected ${length}`)
    if (String(dead) !== String(expectedDead)) wrong.push(`dead ${what}s ${dead}, expected ${expectedDead}`)
  }
  check('row', rows, figures.rowNorms, figures.deadRows, (i) => [...values.subarray(i * columns, (i + 1) * columns)])
  check('column', columns, figures.columnNorms, figures.deadColumns, (j) =>
    Array.from({ length: rows }, (_, i) => values[i * columns + j]!),
  )
  return wrong
}

const fill = (r: Random, family: string, count: number): Float64Array =>
  Float64Array.from({ length: count }, () => families[family]!(r, 100))

it('norms and dead lines of a small matrix, by hand', () => {
  put(kernels, 'f32', area, [3, 0, 4, 0, 0, 0, 0, 0, 12])
  const { rowNorms, columnNorms, deadRows, deadColumns } = measure('f32', 3, 3, () => 9)
  expect([...rowNorms]).toEqual([5, 0, 12])
  expect([...columnNorms]).toEqual([3, 0, Math.sqrt(160)])
  expect([[...deadRows], [...deadColumns]]).toEqual([[1], [1]])
})

it('NaN and infinities count as 0 in the norm, but what holds one is not dead', () => {
  for (const type of ['f32', 'f64'] as const) {
    put(kernels, type, area, [Number.NaN, 0, 0, 3, 0, Number.POSITIVE_INFINITY, 4, 0, 0, 0, 0, 0])
    const { rowNorms, columnNorms, deadRows, deadColumns } = measure(type, 4, 3, () => 5)
    expect([...rowNorms]).toEqual([0, 3, 4, 0])
    expect([...columnNorms]).toEqual([5, 0, 0])
    expect([[...deadRows], [...deadColumns]]).toEqual([[3], [1]])
  }
})

it('an empty matrix has empty lines', () => {
  const { rowNorms, columnNorms, deadRows, deadColumns } = measure('f32', 0, 3, () => 1)
  expect([rowNorms.length, [...columnNorms], deadRows.length, [...deadColumns]]).toEqual([0, [0, 0, 0], 0, [0, 1, 2]])
  expect([...measure('f64', 2, 0, () => 1).deadRows]).toEqual([0, 1])
})

describe('against exact integers', () => {
  const shapes = [
    ...[1, 2, 3, 4, 5, 7, 8, 9].flatMap((rows) => [1, 2, 3, 4, 5, 8, 9, 17].map((columns) => [rows, columns] as const)),
    ...([
      [1, 2000],
      [2000, 1],
      [3, 511],
      [3, 512],
      [3, 513],
      [70, 130],
      [129, 3],
      [65, 64],
    ] as const),
  ]

  for (const type of ['f32', 'f64'] as const)
    it(`${type}: every shape around lanes and tiles, in whole and in chunks`, () => {
      for (const [index, [rows, columns]] of shapes.entries()) {
        const r = random(index)
        const pointer = area + (index % 17)
        const values = put(kernels, type, pointer, fill(r, 'normal', rows * columns))
        for (const next of [() => rows * columns, () => 1 + r.below(2 * columns + 3)])
          expect(
            wrongs(type, values, rows, columns, measure(type, rows, columns, next, pointer)),
            `seed ${index}, [${rows}, ${columns}]`,
          ).toEqual([])
      }
    })

  for (const type of ['f32', 'f64'] as const)
    for (const family of Object.keys(families))
      it(`${type}: ${family}`, () => {
        const seed = 3
        const r = random(seed)
        const values = put(kernels, type, area, fill(r, family, 37 * 21))
        // Some dead lines, and NaN among them.
        for (let i = 0; i < 37; i++) values[i * 21 + 4] = i === 20 ? Number.NaN : 0
        values.fill(0, 21 * 7, 21 * 8)
        put(kernels, type, area, values)
        expect(
          wrongs(
            type,
            values,
            37,
            21,
            measure(type, 37, 21, () => 1 + r.below(200)),
          ),
          `seed ${seed}`,
        ).toEqual([])
      })

  it('f64: nothing overflows or vanishes, whatever meets in a line', () => {
    const seed = 4
    const r = random(seed)
    const exponents = [-1074, -1000, -550, -500, -400, 0, 300, 511, 513, 700, 1020]
    const values = Float64Array.from(
      { length: 12 * 11 },
      (_, i) => (1 + r.next()) * 2 ** exponents[Math.floor(i / 11) % exponents.length]! * (r.next() < 0.2 ? 0 : 1),
    )
    put(kernels, 'f64', area, values)
    expect(
      wrongs(
        'f64',
        values,
        12,
        11,
        measure('f64', 12, 11, () => 50),
      ),
      `seed ${seed}`,
    ).toEqual([])
    const across = Float64Array.from({ length: 132 }, (_, i) => (1 + r.next()) * 2 ** exponents[i % 11]!)
    put(kernels, 'f64', area, across)
    expect(
      wrongs(
        'f64',
        across,
        12,
        11,
        measure('f64', 12, 11, () => 132),
      ),
      `seed ${seed}`,
    ).toEqual([])
  })
})

it('refuses more elements than the matrix has, impossible shapes and use after dispose', () => {
  const pass = measures(kernels).lines(2, 3, 'f32')
  pass.update(area, 4)
  expect(() => pass.update(area, 3)).toThrow('lines: 3 elements more, where [2, 3] has 2 left.')
  pass.dispose()
  pass.dispose()
  expect(() => pass.finish()).toThrow('lines: the pass has been disposed of.')
  expect(() => measures(kernels).lines(-1, 3, 'f32')).toThrow(
    'lines: a matrix of [-1, 3], expected whole numbers from 0 on.',
  )
  const before = kernels.bytesInUse
  expect(() => measures(kernels).lines(1e6, 1e10, 'f32')).toThrow(expect.objectContaining({ code: 'out-of-memory' }))
  expect(kernels.bytesInUse).toBe(before)
})
