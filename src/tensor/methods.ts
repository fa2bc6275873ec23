/** Operations as methods of Tensor, in one table: `x.add(y)` is `add(x, y)`. */
import { backward } from './autograd/backward.js'
import { add, div, mul, neg, sub } from './ops/arithmetic.js'
import { broadcastTo, reshape, sum } from './ops/broadcast.js'
import { clone, contiguous, detach, to } from './ops/cast.js'
import { gather, indexAdd, indexSelect, maskedSelect, scatter, scatterAdd } from './ops/indexing.js'
import { pad, split } from './ops/joining.js'
import { matmul } from './ops/matmul.js'
import { diag, flip, trace, tril, triu } from './ops/triangles.js'
import { permute, slice, squeeze, transpose, unsqueeze } from './ops/views.js'
import { format, toArray, toNested } from './read.js'
import { describe, Tensor } from './tensor.js'

const methods = {
  add,
  backward,
  broadcastTo,
  clone,
  contiguous,
  detach,
  diag,
  div,
  flip,
  format,
  gather,
  indexAdd,
  indexSelect,
  maskedSelect,
  matmul,
  mul,
  neg,
  pad,
  permute,
  reshape,
  scatter,
  scatterAdd,
  slice,
  split,
  squeeze,
  sub,
  sum,
  to,
  toArray,
  toNested,
  trace,
  transpose,
  tril,
  triu,
  unsqueeze,
}

/** The function without its first argument. `any`, because looking into Tensor here would define it by itself. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Method<F> = F extends (first: any, ...rest: infer R) => infer V ? (...rest: R) => V : never

/** What `Tensor` has beside its own members. */
export type Methods = { readonly [K in keyof typeof methods]: Method<(typeof methods)[K]> }

const define = (name: string | symbol, value: (this: Tensor, ...rest: unknown[]) => unknown): void => {
  Object.defineProperty(Tensor.prototype, name, { value, configurable: true, writable: true })
}

for (const [name, operation] of Object.entries(methods) as [string, (...values: unknown[]) => unknown][])
  define(name, function (...rest) {
    return operation(this, ...rest)
  })

/** What `console.log` shows on Node. */
const inspected = Symbol.for('nodejs.util.inspect.custom')

for (const name of ['toString', inspected])
  define(name, function () {
    return this.isDisposed ? `tensor(freed, ${describe(this)})` : format(this)
  })
