/** Tensors as one vector of float64, which is what second-order methods work on, whatever the tensors' shapes and dtypes. */
import { UsageError } from '../core/index.js'
import { Tensor, type Tree } from '../tensor/index.js'
import { checkTensor, describe, empty, isFloat, tidy, together, view } from '../tensor/internal.js'

/** Leaves whose elements, one after the other, are the unknowns. They are read and written in place, off the tape. */
export class Flat {
  /** Number of unknowns. */
  readonly n: number

  constructor(
    op: string,
    readonly tensors: readonly Tensor[],
  ) {
    for (const tensor of tensors)
      if (!isFloat(tensor.dtype) || !tensor.isContiguous)
        throw new UsageError(`${op}: ${describe(tensor)}; expected contiguous tensors of f32 or f64.`)
    this.n = tensors.reduce((sum, { size }) => sum + size, 0)
  }

  /** The unknowns, copied. */
  read(): Float64Array {
    return this.gather(this.tensors)
  }

  /** Sets the unknowns; f32 tensors round. */
  write(x: Float64Array): void {
    let at = 0
    for (const tensor of this.tensors) {
      view(tensor).set(x.subarray(at, at + tensor.size))
      tensor.storage.version++
      at += tensor.size
    }
  }

  /**
   * Runs `work` with other values, and puts these back. What was recorded with them stays valid: they are the same bits, so their versions
   * are taken back too.
   */
  during<R>(x: Float64Array, work: () => R): R {
    const before = this.read()
    const versions = this.tensors.map(({ storage }) => storage.version)
    this.write(x)
    try {
      return work()
    } finally {
      this.write(before)
      for (const [i, { storage }] of this.tensors.entries()) storage.version = versions[i]!
    }
  }

  /** Tensors in the shapes of these (gradients) as one vector; null counts as zeros. */
  gather(others: readonly (Tensor | null)[]): Float64Array {
    const out = new Float64Array(this.n)
    let at = 0
    for (const [i, { size }] of this.tensors.entries()) {
      const other = others[i]
      if (other) tidy(() => out.set(view(together(other)), at))
      at += size
    }
    return out
  }

  /** The reverse of `gather`: new tensors like these. */
  scatter(x: Float64Array): Tensor[] {
    let at = 0
    return this.tensors.map(({ dtype, shape, size }) => {
      const out = empty(dtype, shape)
      view(out).set(x.subarray(at, at + size))
      at += size
      return out
    })
  }
}

/** Variables in the place of a starting point: own leaves in f64, kept until `dispose`, and trees with them, or with numbers, in their places. */
export class TreeVariables<T extends Tree> {
  readonly flat: Flat
  /** The tree of the variables. */
  readonly tree: T
  readonly #rebuild: (list: readonly Tensor[]) => T

  constructor(op: string, x0: T) {
    const list: Tensor[] = []
    const paths = (one: Tree): unknown => {
      if (one instanceof Tensor) {
        checkTensor(op, one)
        if (!isFloat(one.dtype) && one.dtype !== 'i32')
          throw new UsageError(`${op}: x0 holds ${describe(one)}; expected numbers.`)
        return list.push(one) - 1
      }
      if (Array.isArray(one)) return one.map(paths)
      if (typeof one !== 'object' || one === null)
        throw new UsageError(`${op}: x0 holds ${one === null ? 'null' : typeof one}; expected a tensor, or a tree of tensors.`)
      return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, paths(inner as Tree)]))
    } // biome-ignore format: one condition a line
    const places = paths(x0)
    this.#rebuild = (others) => {
      const walk = (one: unknown): unknown => {
        if (typeof one === 'number') return others[one]
        if (Array.isArray(one)) return one.map(walk)
        return Object.fromEntries(Object.entries(one as object).map(([key, inner]) => [key, walk(inner)]))
      }
      return walk(places) as T
    }
    const own = list.map((one) => {
      const values = tidy(() => Float64Array.from(view(together(one))))
      const copy = empty('f64', one.shape)
      view(copy).set(values)
      copy.requiresGrad = true
      return copy.keep()
    })
    this.flat = new Flat(op, own)
    this.tree = this.#rebuild(own)
    const at = this.flat.read().findIndex((value) => !Number.isFinite(value))
    if (at >= 0) {
      const value = this.flat.read()[at]
      this.dispose()
      throw new UsageError(`${op}: x0 holds ${value} (element ${at}); expected finite numbers.`)
    }
  }

  /** A vector as a tree of new tensors, f64, in the form of the starting point. */
  treeOf(x: Float64Array): T {
    return this.#rebuild(this.flat.scatter(x))
  }

  dispose(): void {
    for (const tensor of this.flat.tensors) tensor.dispose()
  }
}
