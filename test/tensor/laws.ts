/** What every operation must do, from one table: a row names it, gives points where it is smooth, and says what it is worth at numbers. */
import { describe, expect, it } from 'vitest'
import {
  add,
  broadcastTo,
  type DType,
  detach,
  gradcheck,
  gradgradcheck,
  memory,
  mul,
  scope,
  slice,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '../../src/tensor/index.js'

export interface Row {
  name: string
  fn: (...inputs: Tensor[]) => Tensor
  /** Per input, points where the operation is smooth; as many for each. */
  points: readonly (readonly number[])[]
  /** What elements are worth: elementwise operations only. */
  reference?: (...values: number[]) => number
  /** Result types for f32, f64, i32, bool input; null where that is refused. Default: what real-valued functions give. */
  types?: Partial<Record<DType, DType | null>>
  /** Relative error allowed in f64 and f32. */
  tolerance?: readonly [number, number]
  /** Rows whose gradient is 0 everywhere, or that have none (`bool` results). */
  gradient?: 'flat' | 'none'
}

const realTypes: Record<DType, DType | null> = { f32: 'f32', f64: 'f64', i32: 'f64', bool: 'f32' }

/** Points laid out as [2, n / 2] where even in number, so that strides matter. */
export function inputsOf(row: Pick<Row, 'points'>, dtype: DType = 'f64', requiresGrad = false): Tensor[] {
  return row.points.map((values) => {
    const shape = values.length % 2 === 0 ? [2, values.length / 2] : [values.length]
    const list = dtype === 'bool' ? values.map((value) => value > 0) : values
    return tensor(dtype === 'i32' ? values.map(Math.round) : list, { shape, dtype, requiresGrad })
  })
}

/** Values in row-major order. */
export const flat = (x: Tensor): number[] => Array.from(x.toArray() as Float64Array)

export function expectClose(got: readonly number[], expected: readonly number[], relative: number, about = ''): void {
  expect(got.length, about).toBe(expected.length)
  for (const [i, value] of expected.entries()) {
    if (Object.is(got[i], value) || got[i] === value) continue
    const error = Math.abs(got[i]! - value)
    if (!(error <= relative * Math.max(Math.abs(value), 1e-300)))
      expect.fail(`${about}: element ${i} is ${got[i]}, expected ${value} (relative error ${error / Math.abs(value)})`)
  }
}

/** The same elements under strides that are not row-major: by a transposed copy, and by a reversed one with gaps. */
function disguises(x: Tensor): Tensor[] {
  const [m, n] = x.rank === 2 ? [x.shape[0]!, x.shape[1]!] : [1, x.size]
  const values = flat(x)
  const columns = Array.from({ length: m * n }, (_, k) => values[(k % m) * n + Math.floor(k / m)]!)
  const transposed = transpose(tensor(columns, { shape: [n, m], dtype: x.dtype })).reshape(x.shape)
  const spread = values.toReversed().flatMap((value) => [value, 7])
  const reversed = slice(tensor(spread, { dtype: x.dtype }), { start: -2, step: -2 }).reshape(x.shape)
  return [transposed, reversed]
}

function values(row: Row): void {
  const [fine, coarse] = row.tolerance ?? [4e-16, 3e-7]
  it.each([
    ['f64', fine],
    ['f32', coarse],
  ] as const)('is worth what the definition says, in %s', (dtype, relative) => {
    scope(() => {
      const inputs = inputsOf(row, dtype)
      const lists = inputs.map(flat)
      const expected = lists[0]!.map((_, i) => Number(row.reference!(...lists.map((list) => list[i]!))))
      expectClose(flat(row.fn(...inputs)), expected, relative, row.name)
    })
  })
}

function types(row: Row): void {
  const expected = { ...realTypes, ...row.types }
  it.each(Object.entries(expected) as [DType, DType | null][])('of %s gives %s', (dtype, result) => {
    scope(() => {
      const inputs = inputsOf(row, dtype)
      if (result === null) expect(() => row.fn(...inputs)).toThrow(row.name)
      else expect(row.fn(...inputs).dtype).toBe(result)
    })
  })
}

function layouts(row: Row): void {
  it('does not depend on strides', () => {
    scope(() => {
      const inputs = inputsOf(row)
      const expected = flat(row.fn(...inputs))
      for (const which of [0, 1])
        expectClose(flat(row.fn(...inputs.map((x) => disguises(x)[which]!))), expected, 1e-15, row.name)
    })
  })
}

function leavings(row: Row): void {
  it('leaves no temporary behind, forward and backward', () => {
    const expected = { ...realTypes, ...row.types }
    scope(() => {
      for (const [dtype, result] of Object.entries(expected) as [DType, DType | null][]) {
        if (result === null) continue
        const inputs = inputsOf(row, dtype)
        const strided = inputs.map((x) => disguises(x)[0]!)
        for (const operands of [inputs, strided]) {
          const before = memory().tensors
          row.fn(...operands).dispose()
          expect(memory().tensors - before, `${dtype} forward`).toBe(0)
        }
      }
      if (row.gradient === 'none') return
      const inputs = inputsOf(row, 'f64', true)
      const before = memory().tensors
      const out = row.fn(...inputs)
      const total = sum(out)
      total.backward()
      for (const one of [out, total]) one.dispose()
      for (const input of inputs) input.zeroGrad()
      expect(memory().tensors - before, 'backward').toBe(0)
    })
  })
}

function gradients(row: Row): void {
  it('has the gradient that differences give, and a wrong one is noticed', () => {
    scope(() => {
      const inputs = inputsOf(row, 'f64', true)
      gradcheck(row.fn, inputs)
      const wrong = (...all: Tensor[]): Tensor => {
        const out = row.fn(...all)
        return add(out, mul(sum(detach(all[0]!)), 0.01))
      }
      expect(() => gradcheck(wrong, inputs)).toThrow(/by the rule/)
    })
  })

  it('has a gradient with a gradient', () => {
    scope(() => {
      gradgradcheck(row.fn, inputsOf(row, 'f64', true))
    })
  })
}

/** Laws of every operation. */
export function laws(row: Row): void {
  describe(row.name, () => {
    if (row.reference) values(row)
    types(row)
    layouts(row)
    leavings(row)
    if (row.gradient !== 'none') gradients(row)
  })
}

/** Laws of operations that go element by element. */
export function elementwiseLaws(row: Row): void {
  laws(row)
  describe(row.name, () => {
    it('keeps shapes: scalars, no elements, every length up to two blocks and a tail', () => {
      scope(() => {
        const list = row.points.map((values) => values)
        for (const shape of [[], [0], [2, 0, 3], ...[1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 67].map((n) => [n])]) {
          const size = shape.reduce((a, b) => a * b, 1)
          const filled = list.map((values) => Array.from({ length: size }, (_, i) => values[i % values.length]!))
          const inputs = filled.map((values) => tensor(values, { shape, dtype: 'f64' }))
          const out = row.fn(...inputs)
          expect(out.shape).toEqual(shape)
          if (row.reference)
            expectClose(
              flat(out),
              filled.length === 0 ? [] : filled[0]!.map((_, i) => Number(row.reference!(...filled.map((v) => v[i]!)))),
              row.tolerance?.[0] ?? 4e-16,
              `${row.name} of ${size}`,
            )
        }
      })
    })

    if (row.points.length === 2 && row.gradient !== 'none')
      it('broadcasts, and sums gradients back', () => {
        scope(() => {
          const [a, b] = row.points as [number[], number[]]
          const x = tensor(a.slice(0, 3), { shape: [3, 1], dtype: 'f64', requiresGrad: true })
          const y = tensor(b.slice(0, 2), { dtype: 'f64', requiresGrad: true })
          const out = row.fn(x, y)
          expect(out.shape).toEqual([3, 2])
          const whole = row.fn(broadcastTo(x, [3, 2]).contiguous(), broadcastTo(y, [3, 2]).contiguous())
          expectClose(flat(out), flat(whole), 0, row.name)
          gradcheck(row.fn, [x, y])
        })
      })
  })
}
