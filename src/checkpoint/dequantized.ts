/** Streams the values of a quantized weight as f32, computed from its parts while they are read. */
import { FormatError } from '../core/index.js'
import { type Fp8Run, fp8Run, fp8Values, type GptqRun, gptqRun, unpackZeros } from './dequantize.js'
import type { Stored } from './stored.js'
import type { Storage, TensorData } from './types.js'

export type DequantizedStorage = Extract<Storage, { kind: 'dequantized' }>
type Open = (storage: Storage) => Stored

/** @param open opens the storage of a part */
export function openDequantized(storage: DequantizedStorage, open: Open): Stored {
  return storage.layout === 'fp8' ? new Fp8(storage, open) : new Gptq(storage, open)
}

/** The small parts are read whole with the first bytes; of the large one, what each call needs. */
abstract class Dequantized<Small> implements Stored {
  readonly size: number
  readonly forwardOnly: boolean
  protected readonly large: TensorData
  protected readonly stored: Stored
  private small: Small | null = null

  constructor(
    protected readonly storage: DequantizedStorage,
    private readonly open: Open,
  ) {
    this.size = storage.rows * storage.columns * 4
    this.large = storage.parts[0]!
    this.stored = open(this.large.storage)
    this.forwardOnly = this.stored.forwardOnly
  }

  readInto(offset: number, target: Uint8Array): void | Promise<void> {
    if (offset + target.length > this.size || (offset | target.length) % 4 !== 0) {
      throw new FormatError(
        'truncated',
        `a dequantized weight of ${this.size} bytes was read up to ${offset + target.length}.`,
      )
    }
    if (this.small) return this.compute(this.small, offset / 4, target)
    return this.loadSmall().then((small) => {
      this.small = small
      return this.compute(small, offset / 4, target)
    })
  }

  verify(): void | Promise<void> {
    return this.stored.verify()
  }

  close(): void {
    this.stored.close()
  }

  protected abstract loadSmall(): Promise<Small>
  protected abstract compute(small: Small, first: number, target: Uint8Array): void | Promise<void>

  /** All bytes of a part. */
  protected async whole(index: number): Promise<Uint8Array> {
    const { storage, offset, shape, type } = this.storage.parts[index]!
    const stored = this.open(storage)
    try {
      const count = shape.reduce((product, size) => product * size, 1)
      const bytes = new Uint8Array(count * (type === 'f16' || type === 'bf16' ? 2 : 4))
      await stored.readInto(offset, bytes)
      await stored.verify()
      return bytes
    } finally {
      stored.close()
    }
  }

  protected async floats(index: number): Promise<Float32Array> {
    return decodeFloats(await this.whole(index), this.storage.parts[index]!.type)
  }

  protected async integers(index: number): Promise<Int32Array> {
    return new Int32Array((await this.whole(index)).buffer)
  }
}

class Fp8 extends Dequantized<Fp8Run> {
  protected override async loadSmall(): Promise<Fp8Run> {
    const values = fp8Values(this.large.type === 'f8_e5m2' ? 'f8_e5m2' : 'f8_e4m3fn')
    const { columns, tile } = this.storage
    return { values, scales: await this.floats(1), columns, tile }
  }

  protected override compute(run: Fp8Run, first: number, target: Uint8Array): void | Promise<void> {
    const codes = new Uint8Array(target.length / 4)
    const finish = (): void => {
      const values = new Float32Array(codes.length)
      fp8Run(run, codes, first, values)
      target.set(new Uint8Array(values.buffer))
    }
    const reading = this.stored.readInto(this.large.offset + first, codes)
    return reading ? reading.then(finish) : finish()
  }
}

type GptqSmall = Omit<GptqRun, 'codes' | 'firstRow'>

class Gptq extends Dequantized<GptqSmall> {
  protected override async loadSmall(): Promise<GptqSmall> {
    const outputs = this.storage.columns
    const zeros = unpackZeros(await this.integers(1), outputs, this.storage.zeroStep)
    return { zeros, scales: await this.floats(2), gIdx: await this.integers(3), outputs }
  }

  protected override compute(small: GptqSmall, first: number, target: Uint8Array): void | Promise<void> {
    const count = target.length / 4
    if (count === 0) return
    const { columns } = this.storage
    const firstRow = Math.floor(first / columns) >> 3
    const lastRow = Math.floor((first + count - 1) / columns) >> 3
    const packed = new Uint8Array((lastRow - firstRow + 1) * columns * 4)
    const finish = (): void => {
      const values = new Float32Array(count)
      gptqRun({ ...small, codes: new Int32Array(packed.buffer), firstRow }, first, values)
      target.set(new Uint8Array(values.buffer))
    }
    const reading = this.stored.readInto(this.large.offset + firstRow * columns * 4, packed)
    return reading ? reading.then(finish) : finish()
  }
}

function decodeFloats(bytes: Uint8Array, type: string): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (type === 'f32') return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true))
  const bits = new DataView(new ArrayBuffer(4))
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => {
    const half = view.getUint16(at * 2, true)
    if (type === 'f16') return halfValue(half)
    bits.setUint32(0, half << 16)
    return bits.getFloat32(0)
  })
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const mantissa = half & 1023
  if (exponent === 31) return mantissa ? Number.NaN : sign * Infinity
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25))
}
