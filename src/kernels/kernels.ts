/** One memory with the modules on it: what the rest of the package computes with. */
import { type StorageType, UsageError } from '../core/index.js'
import { Allocator } from './allocator.js'
import type { Arith } from './arith.js'
import type { ArrayKernels } from './array.js'
import { type Conversion, type ConversionContext, conversion } from './convert.js'
import { LineSums } from './lines.js'
import { MatrixSums } from './matrix.js'
import { heapBase, type Instances, instantiate } from './module.js'
import { statisticsPass } from './statistics.js'
import type { Kernels, LinePass, MatrixPass, Pointer, StatisticsPass } from './types.js'

class Instance implements Kernels, ConversionContext {
  readonly memory: WebAssembly.Memory
  readonly arith: Arith & Readonly<Record<string, CallableFunction>>
  readonly decode: WebAssembly.Exports
  readonly #instances: Instances
  readonly #allocator: Allocator
  readonly #conversions = new Map<string, Conversion>()

  constructor(instances: Instances) {
    const { memory, arith, decode } = instances
    this.#instances = instances
    this.memory = memory
    this.arith = arith as unknown as Arith & Readonly<Record<string, CallableFunction>>
    this.decode = decode
    this.#allocator = new Allocator(memory, heapBase)
  }

  get array(): ArrayKernels {
    return this.#instances.array as unknown as ArrayKernels
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

  statistics(type: StorageType): StatisticsPass {
    return statisticsPass(this, type)
  }

  lines(rows: number, columns: number, compute: 'f32' | 'f64'): LinePass {
    return new LineSums(this, rows, columns, compute)
  }

  matrix(rows: number, columns: number, type: 'f32' | 'bf16'): MatrixPass {
    return new MatrixSums(this, rows, columns, type)
  }

  convert(type: StorageType, source: Pointer, count: number, target: Pointer, to: 'f32' | 'f64'): void {
    const key = `${type}_${to}`
    let convert = this.#conversions.get(key)
    if (convert === undefined) {
      convert = conversion(this, type, to)
      this.#conversions.set(key, convert)
    }
    convert(source, count, target)
  }

  byteSwap(pointer: Pointer, count: number, wordBytes: 2 | 4 | 8): void {
    if (wordBytes !== 2 && wordBytes !== 4 && wordBytes !== 8)
      throw new UsageError(`byteSwap: words of ${wordBytes as number} bytes, expected 2, 4 or 8.`)
    this.arith[`byteSwap${wordBytes}`](pointer, count)
  }

  crc32(pointer: Pointer, bytes: number, crc: number): number {
    return this.arith.crc32(pointer, bytes, crc) >>> 0
  }
}

/** Kernels on a new memory of 2 MiB that grows to 4 GiB. The modules are compiled once in a thread. */
export function createKernels(): Kernels {
  return new Instance(instantiate())
}
