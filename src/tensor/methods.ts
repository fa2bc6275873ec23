/** Operations as methods of Tensor, in one table: `x.add(y)` is `add(x, y)`. */
import { backward } from './autograd/backward.js'
import { add, div, mul, neg, sub } from './ops/arithmetic.js'
import { broadcastTo, reshape, sum } from './ops/broadcast.js'
import { clone, contiguous, detach, to } from './ops/cast.js'
import { matmul } from './ops/matmul.js'
import { permute, slice, squeeze, transpose, unsqueeze } from './ops/views.js'
import { Tensor } from './tensor.js'

const methods = {
  add,
  backward,
  broadcastTo,
  clone,
  contiguous,
  detach,
  div,
  matmul,
  mul,
  neg,
  permute,
  reshape,
  slice,
  squeeze,
  sub,
  sum,
  to,
  transpose,
  unsqueeze,
}

/** The function without its first argument. `any`, because looking into Tensor here would define it by itself. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Method<F> = F extends (first: any, ...rest: infer R) => infer V ? (...rest: R) => V : never

/** What `Tensor` has beside its own members. */
export type Methods = { readonly [K in keyof typeof methods]: Method<(typeof methods)[K]> }

for (const [name, operation] of Object.entries(methods) as [string, (...values: unknown[]) => unknown][])
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return operation(this, ...rest)
    },
    configurable: true,
    writable: true,
  })
