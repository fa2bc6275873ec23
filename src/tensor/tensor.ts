/**
 * Tensor: a typed, strided array in the kernels' memory. This file is the object itself (what it is, its elements, its life); what is done
 * with tensors stands in `ops/`, one family a file, and becomes methods in `methods.ts`.
 */
import { UsageError } from '../core/index.js'
import type { Pointer } from '../kernels/index.js'
import { GradNode } from './autograd/node.js'
import { type DType, elementBytes, isFloat } from './dtype.js'
import { Lease } from './lease.js'
import type { Methods } from './methods.js'
import { kernels } from './runtime.js'
import { isTensorMark, keep, track } from './scope.js'
import { contiguousStrides, count, isContiguous, type Shape, showShape } from './shape.js'
import { allocate, type Storage } from './storage.js'

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array

/** Operations as methods: `x.add(y)` is `add(x, y)`. */
export interface Tensor extends Methods {}

/**
 * A multidimensional array of `f32`, `f64`, `i32` or `bool`. Element [i, j, ...] lies at `offset + i strides[0] + j strides[1] + ...` of its
 * storage; several tensors may look at one storage (views). Make them with `tensor`, `zeros`, `randn` and kin.
 *
 * Life: freed by the `scope` it was made in, by `dispose()`, or some time after it was forgotten. Use after that throws UsageError.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `methods.ts` puts exactly these methods on the prototype
export class Tensor implements Disposable {
  readonly dtype: DType
  readonly shape: Shape
  /** Steps between neighbours along each axis, in elements. */
  readonly strides: Shape
  /** First element, in elements from the start of the storage. */
  readonly offset: number
  /** Number of elements. */
  readonly size: number
  /** Whether elements lie row-major without gaps. */
  readonly isContiguous: boolean
  /** For this package: its hold on memory and tape. */
  readonly lease: Lease
  /** For this package: how `scope` knows a tensor. */
  get [isTensorMark](): true {
    return true
  }

  /** For this package: use `tensor`, `zeros` and kin. Takes over one reference to `storage`. */
  constructor(
    dtype: DType,
    shape: Shape,
    strides: Shape,
    offset: number,
    storage: Storage,
    size = count(shape),
    together = isContiguous(shape, strides),
  ) {
    this.dtype = dtype
    this.shape = shape
    this.strides = strides
    this.offset = offset
    this.size = size
    this.isContiguous = together
    this.lease = new Lease(storage)
    track(this)
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** For this package. Throws UsageError when the tensor was freed. */
  get storage(): Storage {
    const { storage } = this.lease
    if (storage === null)
      throw new UsageError(
        `${describe(this)} was freed, by dispose() or at the end of its scope. Try returning it from the scope, or keep() it.`,
      )
    return storage
  }

  /** For this package: address of the first element. */
  get pointer(): Pointer {
    return this.storage.pointer + this.offset * elementBytes[this.dtype]
  }

  get isDisposed(): boolean {
    return this.lease.storage === null
  }

  /** Frees it now; again does nothing. Views of the same elements, and gradients still to be computed, keep what they need. */
  dispose(): void {
    this.lease.end()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** Takes it out of every scope: it then lives until disposed of, or forgotten. Returns itself. */
  keep(): this {
    return keep(this)
  }

  // ---- elements

  /**
   * The elements themselves as a typed array (bool as bytes), for reading and writing in place. Valid until the next tensor is made, which may
   * move the memory; copy with `toArray()` to keep. Throws UsageError unless contiguous.
   */
  get data(): TypedArray {
    if (!this.isContiguous)
      throw new UsageError(
        `data: ${describe(this)} is a strided view, whose elements do not lie together. Try contiguous() or toArray().`,
      )
    return view(this)
  }

  /** The only element, as a number (bool: 0 or 1). */
  item(): number {
    if (this.size !== 1)
      throw new UsageError(`item: ${describe(this)} has ${this.size} elements; expected one. Try toArray().`)
    const { pointer } = this
    switch (this.dtype) {
      case 'f32':
        return kernels().f32(pointer, 1)[0]!
      case 'f64':
        return kernels().f64(pointer, 1)[0]!
      case 'i32':
        return kernels().i32(pointer, 1)[0]!
      case 'bool':
        return kernels().u8(pointer, 1)[0]!
    }
  }

  // ---- automatic differentiation

  /** Whether `backward` reaches it. Set it on a leaf of type f32 or f64. */
  get requiresGrad(): boolean {
    return this.lease.node !== null
  }

  set requiresGrad(wanted: boolean) {
    const { lease } = this
    if (lease.node !== null && lease.node.rule !== null) {
      if (wanted) return
      throw new UsageError(
        `requiresGrad: ${describe(this)} is the result of ${lease.node.name}; only leaves can be changed. Try detach().`,
      )
    }
    if (wanted === (lease.node !== null)) return
    if (!wanted) {
      lease.node!.release()
      lease.node = null
      return
    }
    if (!isFloat(this.dtype))
      throw new UsageError(`requiresGrad: ${describe(this)} has no gradient; expected f32 or f64. Try to('f32').`)
    void this.storage
    lease.node = new GradNode('leaf', this.dtype, this.shape, [], [], null)
    lease.node.lease = lease
  }

  /** Whether it was made by hand, not by a recorded operation. */
  get isLeaf(): boolean {
    return this.lease.node === null || this.lease.node.rule === null
  }

  /** The gradient that `backward` collected, or null. */
  get grad(): Tensor | null {
    return this.lease.node?.grad ?? null
  }

  set grad(value: Tensor | null) {
    const { node } = this.lease
    if (node === null)
      throw new UsageError(`grad: ${describe(this)} does not require a gradient. Try x.requiresGrad = true.`)
    node.grad = value
  }

  /** Frees the gradient that was collected; the next `backward` starts anew. */
  zeroGrad(): void {
    this.grad?.dispose()
    if (this.lease.node !== null) this.lease.node.grad = null
  }

  /** Makes `backward` leave a gradient here too, though it is no leaf. */
  retainGrad(): void {
    const { node } = this.lease
    if (node === null) throw new UsageError(`retainGrad: ${describe(this)} does not require a gradient.`)
    node.retainsGrad = true
    node.lease = this.lease
  }
}

/** `f32[2, 3]`, as in every message. */
export function describe(tensor: { dtype: DType; shape: Shape }): string {
  return `${tensor.dtype}${showShape(tensor.shape)}`
}

/** A contiguous tensor's elements; dies when memory grows. */
export function view(x: Tensor): TypedArray {
  const { pointer, size } = x
  switch (x.dtype) {
    case 'f32':
      return kernels().f32(pointer, size)
    case 'f64':
      return kernels().f64(pointer, size)
    case 'i32':
      return kernels().i32(pointer, size)
    case 'bool':
      return kernels().u8(pointer, size)
  }
}

/** A new contiguous tensor whose elements are not set. `shape` is trusted. */
export function empty(dtype: DType, shape: Shape): Tensor {
  const size = count(shape)
  const storage = allocate(size * elementBytes[dtype], dtype, shape)
  return new Tensor(dtype, shape, contiguousStrides(shape), 0, storage, size, true)
}

/** A new tensor whose elements are not set, in the shape of a contiguous one: the quick way, which shares its lists. */
export function emptyAs(x: Tensor, dtype: DType): Tensor {
  const storage = allocate(x.size * elementBytes[dtype], dtype, x.shape)
  return new Tensor(dtype, x.shape, x.strides, 0, storage, x.size, true)
}

/** Another tensor on the same storage, without gradient. Trusted. */
export function viewOf(x: Tensor, shape: Shape, strides: Shape, offset: number): Tensor {
  const { storage } = x
  storage.refs++
  storage.tensors++
  return new Tensor(x.dtype, shape, strides, offset, storage)
}

/** Whether a value is a Tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor
}
