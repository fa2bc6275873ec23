/** Series for tests of rows in the order of time. */
import type { Table } from '../../src/table/index.js'
import { random, tableOf } from './data.js'

export interface Series {
  readonly phi: number
  readonly rows: number
  readonly task: 'classification' | 'regression'
  readonly seed: number
  /** Deviations that the inputs of the second table are higher. */
  readonly moved?: number
  /** Deviations of the error that y given x is higher in the second table. */
  readonly risen?: number
}

/** One stationary series cut in two: three autoregressive inputs, and y of two of them with an autoregressive error. */
export function series({ phi, rows, task, seed, moved = 0, risen = 0 }: Series): [Table, Table] {
  const { normal } = random(seed)
  const ar = (): number[] => {
    let value = normal()
    return Array.from({ length: 2 * rows }, () => {
      const now = value
      value = phi * value + Math.sqrt(1 - phi * phi) * normal()
      return now
    })
  }
  const [a, b, c, error] = [ar(), ar(), ar(), ar()] as [number[], number[], number[], number[]]
  for (let i = rows; i < 2 * rows; i++) {
    a[i]! += moved
    error[i]! += risen
  }
  const y = a.map((one, i) => one - b[i]! + error[i]!)
  const part = (from: number): Table => {
    const take = <T>(values: T[]): T[] => values.slice(from, from + rows)
    return tableOf({ a: take(a), b: take(b), c: take(c), y: take(task === 'regression' ? y : y.map((one) => Number(one > 0))) }) // biome-ignore format: one line
  }
  return [part(0), part(rows)]
}
