/** Targets that are classes: words or numbers, in order. */
import { inert, UsageError } from '../../core/index.js'
import { isTensor, type Tensor } from '../../tensor/index.js'
import { describe, together, view } from '../../tensor/internal.js'
import type { Second } from '../estimator.js'

export type Classes = readonly number[] | readonly string[]

/** Plain targets: an array's or a vector's elements. Throws UsageError unless there are `rows` of them. */
export function targetsOf(op: string, y: Second | undefined, rows: number): ArrayLike<number | string> {
  if (y === undefined)
    throw new UsageError(`${op}: there are no targets; expected a class for each row. Try fit(x, y).`)
  if (isTensor(y) && y.rank !== 1) throw new UsageError(`${op}: targets are ${describe(y)}; expected a vector.`)
  const targets = isTensor(y) ? Array.from(view(together(y as Tensor))) : (y as ArrayLike<number | string>)
  if (targets.length !== rows)
    throw new UsageError(`${op}: ${targets.length} targets for ${rows} rows; expected as many.`)
  return targets
}

/** The classes among targets, ascending (words by their code units), and the place of each target among them. */
export function classesOf(op: string, targets: ArrayLike<number | string>): { classes: Classes; codes: Int32Array } {
  const kind = typeof targets[0]
  for (let i = 0; i < targets.length; i++) {
    const one = targets[i]!
    if (typeof one !== kind || (typeof one === 'number' && Number.isNaN(one)))
      throw new UsageError(
        `${op}: the target of row ${i} is ${inert(String(one))}; expected a ${kind === 'string' ? 'word' : 'number'}, as before it.`,
      )
  }
  const found = [...new Set(Array.from(targets))]
  const classes = (
    kind === 'number' ? (found as number[]).sort((a, b) => a - b) : (found as string[]).sort()
  ) as Classes
  return { classes, codes: codesOf(targets, classes) }
}

/** Places among classes; -1 for what is none of them. */
export function codesOf(targets: ArrayLike<number | string>, classes: Classes): Int32Array {
  const places = new Map<number | string, number>([...classes.entries()].map(([at, one]) => [one, at]))
  return Int32Array.from(targets as ArrayLike<number>, (one) => places.get(one) ?? -1)
}
