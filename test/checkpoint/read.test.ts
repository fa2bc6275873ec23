/** Reading one tensor's elements: contiguous, strided, swapped, out of a zip, from sources that answer at once or later. */
import { deflateRawSync, crc32 as zlibCrc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BytesSource, FileSource, readTensor, type Source, type TensorData } from '../../src/checkpoint/index.js'
import { rowMajorStrides, type StorageType, storageBytes, storageInfo } from '../../src/core/index.js'
import { seeded } from '../badfiles.js'

const f32Bytes = (...numbers: readonly number[]) => new Uint8Array(Float32Array.from(numbers).buffer)

/** A tensor over all of `bytes`, or over a range of a source. */
function tensor(type: StorageType, shape: readonly number[], over: Partial<TensorData> = {}, length = 0): TensorData {
  const storage = { kind: 'range', source: 0, offset: 0, length } as const
  return { storage, type, shape, offset: 0, strides: null, bigEndian: false, ...over }
}

/** Everything the reader gives, in chunks of `chunk` bytes. */
async function readAll(data: TensorData, sources: readonly Source[], chunk = 1 << 16): Promise<Uint8Array> {
  const reader = readTensor(data, sources)
  const target = new Uint8Array(chunk)
  const parts: Uint8Array[] = []
  for (;;) {
    const got = await reader.next(target)
    if (got === 0) break
    parts.push(target.slice(0, got))
  }
  reader.close()
  const all = new Uint8Array(Buffer.concat(parts))
  expect(all.length).toBe(reader.byteLength)
  return all
}

const floatsOf = (bytes: Uint8Array) => [...new Float32Array(bytes.slice().buffer)]

describe('readTensor', () => {
  it('gives the bytes of a range, front to back, and 0 at the end', async () => {
    // Four bytes of header, then the numbers 1, 2, 3.
    const source = new BytesSource('x', new Uint8Array([0, 0, 0, 0, ...f32Bytes(1, 2, 3)]))
    const data = tensor('f32', [3], { storage: { kind: 'range', source: 0, offset: 4, length: 12 } })
    const reader = readTensor(data, [source])
    const target = new Uint8Array(8)
    expect(reader.next(target)).toBe(8)
    expect(floatsOf(target)).toEqual([1, 2])
    expect(reader.next(target)).toBe(4)
    expect(floatsOf(target.subarray(0, 4))).toEqual([3])
    expect(reader.next(target)).toBe(0)
  })

  it('stays synchronous where the source is, and waits where it is not', () => {
    const bytes = f32Bytes(1)
    const data = tensor('f32', [1], {}, 4)
    expect(readTensor(data, [new BytesSource('x', bytes)]).next(new Uint8Array(4))).toBe(4)
    expect(readTensor(data, [new FileSource(new Blob([bytes]))]).next(new Uint8Array(4))).toBeInstanceOf(Promise)
  })

  it('transposes by strides: Fortran order comes out row-major', async () => {
    // [[1, 2, 3], [4, 5, 6]] in Fortran order is 1 4 2 5 3 6.
    const source = new BytesSource('x', f32Bytes(1, 4, 2, 5, 3, 6))
    const data = tensor('f32', [2, 3], { strides: [1, 2] }, 24)
    expect(floatsOf(await readAll(data, [source], 8))).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('repeats an element along an axis with stride 0', async () => {
    const source = new BytesSource('x', f32Bytes(7, 8))
    expect(floatsOf(await readAll(tensor('f32', [2, 3], { strides: [1, 0] }, 8), [source]))).toEqual([7, 7, 7, 8, 8, 8])
  })

  it('swaps big-endian words, complex ones by their parts', async () => {
    const big = (...numbers: readonly number[]) => f32Bytes(...numbers).reverse()
    const source = new BytesSource('x', big(2, 1))
    expect(floatsOf(await readAll(tensor('f32', [2], { bigEndian: true }, 8), [source]))).toEqual([1, 2])
    expect(floatsOf(await readAll(tensor('c64', [1], { bigEndian: true }, 8), [source]))).toEqual([1, 2])
  })

  it('swaps only the scale of a quantized block', async () => {
    const block = new Uint8Array(34).map((_, index) => index)
    const got = await readAll(tensor('q8_0', [32], { bigEndian: true }, 34), [new BytesSource('x', block)])
    expect([...got.subarray(0, 4)]).toEqual([1, 0, 2, 3])
    expect([...got.subarray(2)]).toEqual([...block.subarray(2)])
  })

  it('holds nothing of an empty tensor', async () => {
    const source = new BytesSource('x', new Uint8Array(0))
    expect((await readAll(tensor('f32', [0, 5]), [source])).length).toBe(0)
    expect((await readAll(tensor('f32', [0, 5], { strides: [5, 1] }), [source])).length).toBe(0)
  })

  it('reads values that the format spelled out', async () => {
    const data = tensor('f32', [2], { storage: { kind: 'bytes', bytes: f32Bytes(1, 2) } })
    expect(floatsOf(await readAll(data, []))).toEqual([1, 2])
  })

  it('refuses elements outside their storage before it reads', () => {
    const source = new BytesSource('x', f32Bytes(1, 2, 3, 4))
    const refused =
      (over: Partial<TensorData>, shape = [2, 2]) =>
      () =>
        readTensor(tensor('f32', shape, over, 16), [source])
    expect(refused({}, [5])).toThrow('the elements of shape [5] would reach byte 20 of a storage that has 16.')
    expect(refused({ offset: 4 })).toThrow('would reach byte 20')
    expect(refused({ strides: [3, 1] })).toThrow('would reach byte 20')
    expect(refused({ strides: [-1, 1] })).toThrow('would reach byte NaN')
    expect(refused({ strides: [1] })).toThrow('would reach byte NaN')
    expect(refused({ strides: [2, 1] })).not.toThrow()
  })

  it('says that a file which ends early is truncated', () => {
    const data = tensor('f32', [4], { storage: { kind: 'range', source: 0, offset: 0, length: 16 } })
    const reader = readTensor(data, [new BytesSource('x', f32Bytes(1, 2))])
    expect(() => reader.next(new Uint8Array(16))).toThrow(
      'the file is truncated: 16 bytes at offset 0 are needed, and it ends at 8.',
    )
  })
})

/** A view of a base array: each axis of the base sliced with a step, then the axes permuted. */
function randomView(random: () => number): { shape: number[]; strides: number[]; offset: number; baseCount: number } {
  const rank = 1 + Math.floor(random() * 4)
  const base = Array.from({ length: rank }, () => 1 + Math.floor(random() * 9))
  const baseStrides = rowMajorStrides(base)
  let offset = 0
  const axes = base.map((size, axis) => {
    const step = 1 + Math.floor(random() * 3)
    const start = Math.floor(random() * size)
    offset += start * baseStrides[axis]!
    return { size: Math.ceil((size - start) / step), stride: baseStrides[axis]! * step }
  })
  axes.sort(() => random() - 0.5)
  if (random() < 0.2) axes.push({ size: 3, stride: 0 })
  return {
    shape: axes.map(({ size }) => size),
    strides: axes.map(({ stride }) => stride),
    offset,
    baseCount: base.reduce((product, size) => product * size, 1),
  }
}

/** The elements one by one, each copied from where its indices put it. */
function gathered(
  bytes: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  unit: number,
) {
  const count = shape.reduce((product, size) => product * size, 1)
  const all = new Uint8Array(count * unit)
  for (let flat = 0; flat < count; flat++) {
    let rest = flat
    let at = offset
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    all.set(bytes.subarray(at * unit, (at + 1) * unit), flat * unit)
  }
  return all
}

describe('strided views', () => {
  const types: readonly StorageType[] = ['u8', 'f16', 'f32', 'i64', 'c128']
  it.each(types)('of %s give what picking element by element gives, in any chunks, at any alignment', async (type) => {
    const { unitBytes } = storageInfo(type)
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed)
      const { shape, strides, offset, baseCount } = randomView(random)
      const bytes = new Uint8Array(storageBytes(type, baseCount)).map(() => Math.floor(random() * 256))
      const wanted = gathered(bytes, shape, strides, offset, unitBytes)
      const data = tensor(type, shape, { strides, offset: offset * unitBytes }, bytes.length)
      const sources = [random() < 0.5 ? new BytesSource('x', bytes) : new FileSource(new Blob([bytes]))]
      const chunk = unitBytes * (1 + Math.floor(random() * 20))
      expect(await readAll(data, sources, chunk), `seed ${seed}`).toEqual(wanted)
      // A target that begins at an odd address.
      const reader = readTensor(data, sources)
      const target = new Uint8Array(reader.byteLength + 1).subarray(1)
      let done = 0
      while (done < target.length) done += await reader.next(target.subarray(done))
      expect(target, `seed ${seed}`).toEqual(wanted)
    }
  })

  it('larger than a block come out whole: Fortran order, slices, three permuted axes', async () => {
    // 48 MiB of 32-bit numbers that are their own index; a block holds 32 MiB.
    const numbers = new Uint32Array(12 * 2 ** 20).map((_, index) => index)
    const source = new BytesSource('x', new Uint8Array(numbers.buffer))
    const cases: readonly (readonly [readonly number[], readonly number[]])[] = [
      [
        [3072, 4096],
        [1, 3072],
      ],
      [
        [3072, 2048],
        [4096, 2],
      ],
      [
        [64, 96, 2048],
        [1, 64 * 2048, 64],
      ],
    ]
    for (const [shape, strides] of cases) {
      const data = tensor('u32', shape, { strides }, numbers.byteLength)
      const got = new Uint32Array((await readAll(data, [source], 1 << 20)).buffer)
      const step = 9973
      for (let flat = 0; flat < got.length; flat += step) {
        let rest = flat
        let at = 0
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          at += (rest % shape[axis]!) * strides[axis]!
          rest = Math.floor(rest / shape[axis]!)
        }
        if (got[flat] !== at)
          throw new Error(`[${shape}] strides [${strides}]: element ${flat} is ${got[flat]}, wanted ${at}`)
      }
    }
  })

  it('keep integers whose bits would be a signalling NaN as a double', async () => {
    const numbers = BigInt64Array.from([-1n, 0x7ff0_0000_0000_0001n, 5n, -2n])
    const source = new BytesSource('x', new Uint8Array(numbers.buffer))
    const got = await readAll(tensor('i64', [2, 2], { strides: [1, 2] }, 32), [source])
    expect([...new BigInt64Array(got.buffer)]).toEqual([-1n, 5n, 0x7ff0_0000_0000_0001n, -2n])
  })
})

describe('members of a zip archive', () => {
  const numbers = Float32Array.from({ length: 1000 }, (_, index) => index)
  const raw = new Uint8Array(numbers.buffer)
  const member = (method: 'stored' | 'deflated', crc32 = zlibCrc32(raw)) => {
    const packed = new Uint8Array(method === 'stored' ? raw : deflateRawSync(raw))
    const source = new BytesSource('x.npz', packed)
    const storage = {
      kind: 'zip',
      source: 0,
      name: 'a',
      offset: 0,
      method,
      compressedSize: packed.length,
      size: raw.length,
      crc32,
    } as const
    return { source, storage }
  }

  it.each(['stored', 'deflated'] as const)('that are %s give their bytes, straight and strided', async (method) => {
    const { source, storage } = member(method)
    expect(await readAll(tensor('f32', [1000], { storage }), [source], 512)).toEqual(raw)
    const view = await readAll(tensor('f32', [10, 100], { storage, strides: [1, 10] }), [source])
    expect(floatsOf(view).slice(0, 3)).toEqual([0, 10, 20])
  })

  it.each(['stored', 'deflated'] as const)(
    'that are %s are checked against their CRC-32 before the last chunk is given',
    async (method) => {
      const { source, storage } = member(method, 12345)
      const whole = tensor('f32', [1000], { storage })
      await expect(readAll(whole, [source], 512)).rejects.toThrow(/CRC-32/)
      // A view of the first half: the rest is read for the checksum alone.
      await expect(readAll(tensor('f32', [500], { storage }), [source])).rejects.toThrow(/CRC-32/)
      await expect(readAll(tensor('f32', [10, 50], { storage, strides: [1, 10] }), [source])).rejects.toThrow(/CRC-32/)
    },
  )
})
