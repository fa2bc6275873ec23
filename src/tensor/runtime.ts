/** What tensors of this thread compute with: one memory with its kernels, a pool on it, and the linear algebra that was chosen. */
import { createKernels, type Kernels, type Pointer, planPointer, planWords } from '../kernels/index.js'
import { type BackendChoice, type BackendInfo, type Lapack, selectLapack } from '../lapack/index.js'
import { Pool } from './pool.js'

export type { BackendChoice, BackendInfo }

/** What differs between Node and browsers; `index.node.ts` provides Node's. */
export interface Host {
  selectLapack(kernels: Kernels, choice: BackendChoice): Lapack
  /** A full garbage collection, where the host can be asked for one. */
  collect: (() => void) | null
  /** Values that follow an asynchronous function through its awaits, where the host has them. */
  context: AsyncContext | null
}

/** `AsyncLocalStorage`, as far as it is needed. */
export interface AsyncContext {
  run<R>(value: object, fn: () => R): R
  get(): object | undefined
}

/**
 * What a browser can be asked: the collector counts the bytes of array buffers, so a few large ones, forgotten at once, bring it about. Their
 * pages are never touched.
 */
function pressOnCollector(): void {
  try {
    for (let i = 0; i < 8; i++) new ArrayBuffer(64 * 1024 * 1024)
  } catch {
    // There is no room for them: then the collector has run.
  }
}

let host: Host = { selectLapack, collect: pressOnCollector, context: null }

/** To be called before the first tensor is made. */
export function provideHost(provided: Host): void {
  host = provided
}

/** The host's asynchronous context, or null. */
export function asyncContext(): AsyncContext | null {
  return host.context
}

export class Runtime {
  readonly kernels = createKernels()
  readonly pool = new Pool(this.kernels)
  #choice: BackendChoice = 'auto'
  #lapack: Lapack | null = null
  #plan: Int32Array = new Int32Array(0)

  /** Chosen when first needed. */
  get lapack(): Lapack {
    this.#lapack ??= host.selectLapack(this.kernels, this.#choice)
    return this.#lapack
  }

  choose(choice: BackendChoice): void {
    this.#lapack = host.selectLapack(this.kernels, choice)
    this.#choice = choice
  }

  /** Where shapes and strides are written for the array module. Valid until the next `alloc`. */
  plan(): Int32Array {
    if (this.#plan.buffer !== this.kernels.memory.buffer) this.#plan = this.kernels.i32(planPointer, planWords)
    return this.#plan
  }

  get collect(): (() => void) | null {
    return host.collect
  }
}

let current: Runtime | undefined

/** This thread's runtime. */
export function runtime(): Runtime {
  current ??= new Runtime()
  return current
}

/** Shorthands for what every operation needs. */
export const kernels = (): Kernels => runtime().kernels
export const lapack = (): Lapack => runtime().lapack

/**
 * Chooses what does products and factorizations: `system` (the machine's BLAS and LAPACK), `portable` (ours), or `auto` (the first where there
 * is one; `NORMBALL_BACKEND` decides otherwise). Tensors stay valid. Throws SystemError where `system` has no library.
 */
export function setBackend(choice: BackendChoice): void {
  runtime().choose(choice)
}

/** What does products and factorizations now: its kind, name, file, core type and threads. */
export function backend(): BackendInfo {
  return runtime().lapack.info
}

/** Writes a shape and lists of strides for the array module. */
export function writePlan(
  shape: readonly number[],
  a: readonly number[],
  b?: readonly number[],
  c?: readonly number[],
): void {
  const plan = runtime().plan()
  const rank = shape.length
  for (let i = 0; i < rank; i++) {
    plan[i] = shape[i]!
    plan[rank + i] = a[i]!
    if (b !== undefined) plan[2 * rank + i] = b[i]!
    if (c !== undefined) plan[3 * rank + i] = c[i]!
  }
}

export type { Pointer }
