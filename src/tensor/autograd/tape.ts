/** Recording: what operations call to leave their trace, and whether they shall. */
import { UsageError } from '../../core/index.js'
import { isFloat } from '../dtype.js'
import { Tensor } from '../tensor.js'
import { GradNode, type Rule, type Saved } from './node.js'

let enabled = true

/** Whether operations are recorded now. */
export function isGradEnabled(): boolean {
  return enabled
}

/** Looks at every result under `detectAnomaly`. */
export type Watcher = (name: string, inputs: readonly Tensor[], out: Tensor) => string
let watcher: Watcher | null = null

/** Sets what looks at every result, or nothing; returns what was set. */
export function setWatcher(next: Watcher | null): Watcher | null {
  const before = watcher
  watcher = next
  return before
}

let place: string | null = null

/** While a rule runs: where in the user's code its operation was called, under `detectAnomaly`. Returns what it was. */
export function setPlace(next: string | null): string | null {
  const before = place
  place = next
  return before
}

/** Set by `setPlace`. */
export function rulePlace(): string | null {
  return place
}

function within<T>(mode: boolean, fn: () => T): T {
  const before = enabled
  enabled = mode
  let isAsync = false
  const restore = (): void => {
    enabled = before
  }
  try {
    const result = fn()
    isAsync = result instanceof Promise
    return isAsync ? ((result as Promise<unknown>).finally(restore) as T) : result
  } finally {
    if (!isAsync) restore()
  }
}

/** Runs `fn` without recording: results need no gradient. With an async function until its promise settles. */
export function noGrad<T>(fn: () => T): T {
  return within(false, fn)
}

/** Runs `fn` recording, also inside `noGrad`. */
export function enableGrad<T>(fn: () => T): T {
  return within(true, fn)
}

/**
 * Every differentiable operation ends with this: puts the result on the tape when an input is there, and returns it. `rule` must not hold
 * tensors itself; those that it needs go through `saved` (inputs, or the result).
 */
export function record(
  out: Tensor,
  name: string,
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  rule: Rule,
): Tensor {
  const called = watcher === null ? null : watcher(name, inputs, out)
  if (!enabled || !isFloat(out.dtype)) return out
  let isTracked = false
  for (const input of inputs) if (input.lease.node !== null) isTracked = true
  if (!isTracked) return out
  const nodes = inputs.map((input) => input.lease.node)
  const node = new GradNode(
    name,
    out.dtype,
    out.shape,
    nodes,
    saved.map((one) => save(one, inputs, out)),
    rule,
  )
  node.place = called
  out.lease.node = node
  return out
}

function save(x: Tensor, inputs: readonly Tensor[], out: Tensor): Saved {
  const { storage } = x
  storage.refs++
  const input = x === out ? -1 : x.lease.node === null ? -2 : inputs.indexOf(x)
  const { dtype, shape, strides, offset } = x
  return { storage, dtype, shape, strides, offset, version: storage.version, input }
}

/** A saved tensor as it was, with its place on the tape. */
export function unsave(node: GradNode, saved: Saved): Tensor {
  const { storage, dtype, shape, strides, offset, input } = saved
  if (storage.version !== saved.version)
    throw new UsageError(
      `backward: a value that ${node.name} needs for its gradient was changed in place afterwards. Try the operation without the trailing underscore, or clone() before it.`,
    )
  storage.refs++
  storage.tensors++
  const x = new Tensor(dtype, shape, strides, offset, storage)
  const source = input === -2 ? null : input === -1 ? node : node.inputs[input]!
  if (enabled && source !== null) {
    source.refs++
    x.lease.node = source
  }
  return x
}

/** The same tensor once more, at the same place on the tape. */
export function alias(x: Tensor): Tensor {
  const { storage } = x
  storage.refs++
  storage.tensors++
  const copy = new Tensor(x.dtype, x.shape, x.strides, x.offset, storage)
  const { node } = x.lease
  if (node !== null) {
    node.refs++
    copy.lease.node = node
  }
  return copy
}
