/** Single elements by their share of the largest: what is smaller than t max |w| becomes zero (as `retain` does), or what is not (the textbook loop). */
import { edits } from '../../../kernels/index.js'
import { f32AtLeast } from '../selection/index.js'
import type { Chosen, EditContext, Rewrite } from '../types.js'
import { cutter } from './magnitude.js'
import type { Method } from './options.js'
import { setsOf, showSize } from './sources.js'

type FractionMethod = Extract<Method, { kind: 'fraction' }>

export async function planFraction(context: EditContext, method: FractionMethod): Promise<Map<Chosen, Rewrite>> {
  const { fraction, which, global } = method
  const plan = new Map<Chosen, Rewrite>()
  for (const set of setsOf(context, global)) {
    let largest = 0
    for (const one of set) largest = Math.max(largest, await largestOf(context, one))
    const bound = fraction * largest
    const note = `|w| ${which === 'smallest' ? '<' : '>='} ${showSize(bound)} set to zero (${fraction} of the largest)`
    for (const one of set)
      plan.set(one, {
        kind: 'entries',
        note,
        details: { threshold: bound, largest },
        // What equals the bound stays with the large ones. No f32 lies between the bound and the next f32.
        start: (kernels, type) =>
          cutter(kernels, type, {
            which,
            value: type === 'f32' ? f32AtLeast(bound) : bound,
            kept: which === 'smallest' ? Number.MAX_SAFE_INTEGER : 0,
          }),
      })
  }
  return plan
}

/** max |w| over the finite elements. */
async function largestOf(context: EditContext, one: Chosen): Promise<number> {
  const kernel = edits(context.kernels)
  let largest = 0
  await context.read(one, (pointer, count, _at, type) => {
    largest = Math.max(largest, kernel[`largest_${type}`](pointer, count))
  })
  return largest
}
