/** Finding where the first NaN or infinity was made. */
import { NumericalError } from '../../core/index.js'
import { isFloat, typeCode } from '../dtype.js'
import { together } from '../ops/raw.js'
import { kernels } from '../runtime.js'
import { describe, type Tensor } from '../tensor.js'
import { rulePlace, setWatcher, type Watcher } from './tape.js'

function firstNonfinite(x: Tensor): number {
  if (!isFloat(x.dtype)) return -1
  const from = together(x)
  const place = kernels().array.firstNonfinite(typeCode[x.dtype], x.size, from.pointer)
  if (from !== x) from.dispose()
  return place
}

/** The innermost place of a stack that is not in this package. */
function userPlace(): string {
  const here = new URL('../', import.meta.url).href
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  const outside = lines.find(
    (line) => !line.includes(here) && !line.includes(new URL(here).pathname) && !line.includes('node:'),
  )
  return (outside ?? 'an unknown place').trim().replace(/^at /, '')
}

const watch: Watcher = (name, inputs, out) => {
  const forward = rulePlace()
  const place = forward ?? userPlace()
  const at = firstNonfinite(out)
  // What came in non-finite was made before, or by the user.
  if (at >= 0 && inputs.every((input) => firstNonfinite(input) < 0))
    throw new NumericalError(
      'nonfinite',
      `${forward === null ? name : `${name} in a backward pass`}: made the first NaN or infinity, element ${at} of ${describe(out)} from ${inputs.map(describe).join(' and ')}, ${forward === null ? 'at' : 'for the operation at'} ${place}.`,
    )
  return place
}

/**
 * Runs `fn` and looks at the result of every operation, also in backward passes: the first that makes a NaN or an infinity from finite input is
 * an error that names it and the place in the calling code. Slow: for finding a fault.
 */
export function detectAnomaly<T>(fn: () => T): T {
  const before = setWatcher(watch)
  let isAsync = false
  try {
    const result = fn()
    isAsync = result instanceof Promise
    return isAsync ? ((result as Promise<unknown>).finally(() => setWatcher(before)) as T) : result
  } finally {
    if (!isAsync) setWatcher(before)
  }
}
