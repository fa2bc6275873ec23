/** What reads stored numbers and measures them: the modules `arith` and `decode`, on the memory of kernels that are there. */
import { type StorageType, UsageError } from '../core/index.js'
import type { Arith } from './arith.js'
import { type Conversion, type ConversionContext, conversion } from './convert.js'
import { arithWasm } from './embedded/arith.js'
import { decodeWasm } from './embedded/decode.js'
import { LineSums } from './lines.js'
import { MatrixSums } from './matrix.js'
import { instantiate } from './module.js'
import { statisticsPass } from './statistics.js'
import type { Kernels, LinePass, MatrixPass, Measures, Pointer, StatisticsPass } from './types.js'

class Instance implements Measures {
  readonly arith: Arith & Readonly<Record<string, CallableFunction>>
  readonly #context: ConversionContext
  readonly #conversions = new Map<string, Conversion>()

  constructor(kernels: Kernels) {
    const { memory } = kernels
    this.arith = instantiate(memory, 'arith', arithWasm) as unknown as Arith &
      Readonly<Record<string, CallableFunction>>
    this.#context = {
      memory,
      arith: this.arith,
      decode: instantiate(memory, 'decode', decodeWasm),
      alloc: (bytes) => kernels.alloc(bytes),
      free: (pointer) => kernels.free(pointer),
    }
  }

  statistics(type: StorageType): StatisticsPass {
    return statisticsPass(this.#context, type)
  }

  lines(rows: number, columns: number, compute: 'f32' | 'f64'): LinePass {
    return new LineSums(this.#context, rows, columns, compute)
  }

  matrix(rows: number, columns: number, type: 'f32' | 'bf16'): MatrixPass {
    return new MatrixSums(this.#context, rows, columns, type)
  }

  convert(type: StorageType, source: Pointer, count: number, target: Pointer, to: 'f32' | 'f64'): void {
    const key = `${type}_${to}`
    let convert = this.#conversions.get(key)
    if (convert === undefined) {
      convert = conversion(this.#context, type, to)
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

const known = new WeakMap<Kernels, Measures>()

/** The measures on the memory of `kernels`: the same each time. */
export function measures(kernels: Kernels): Measures {
  let found = known.get(kernels)
  if (found === undefined) {
    found = new Instance(kernels)
    known.set(kernels, found)
  }
  return found
}
