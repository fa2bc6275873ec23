/** One memory with the modules that compute on it: what the rest of the package stands on. */
import { Allocator } from './allocator.js'
import type { ArrayKernels } from './array.js'
import { arrayWasm } from './embedded/array.js'
import { lapackWasm } from './embedded/lapack.js'
import { createMemory, heapBase, instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

/** Each module is instantiated when it is first asked for: who only measures weights has no use for `array`. */
export class Computing implements Kernels {
  readonly memory: WebAssembly.Memory = createMemory()
  readonly #allocator: Allocator = new Allocator(this.memory, heapBase)
  #array: ArrayKernels | undefined
  #lapack: Kernels['lapack'] | undefined

  get array(): ArrayKernels {
    this.#array ??= instantiate(this.memory, 'array', arrayWasm) as unknown as ArrayKernels
    return this.#array
  }

  get lapack(): Kernels['lapack'] {
    this.#lapack ??= instantiate(this.memory, 'lapack', lapackWasm) as Kernels['lapack']
    return this.#lapack
  }

  alloc(bytes: number): Pointer {
    return this.#allocator.alloc(bytes)
  }

  free(pointer: Pointer): void {
    this.#allocator.free(pointer)
  }

  get bytesInUse(): number {
    return this.#allocator.bytesInUse
  }

  u8(pointer: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length)
  }

  u16(pointer: Pointer, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, pointer, length)
  }

  i32(pointer: Pointer, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, pointer, length)
  }

  f32(pointer: Pointer, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, length)
  }

  f64(pointer: Pointer, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, length)
  }
}

/** Kernels on a new memory of 2 MiB that grows to 4 GiB. The modules are compiled once in a thread. */
export function createKernels(): Kernels {
  return new Computing()
}
