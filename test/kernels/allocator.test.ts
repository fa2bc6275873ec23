import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels, type Kernels, measures } from '../../src/kernels/index.js'
import { random } from './random.js'

let kernels: Kernels

beforeAll(async () => {
  kernels = createKernels()
})

describe('memory', () => {
  it('aligns to 64 bytes, lies above the modules, and counts what is in use', () => {
    const before = kernels.bytesInUse
    const pointers = [0, 1, 63, 64, 65, 1000, 65537].map((bytes) => kernels.alloc(bytes))
    expect(pointers.filter((pointer) => pointer % 64 !== 0 || pointer < 2 ** 20)).toEqual([])
    expect(kernels.bytesInUse - before).toBe(64 + 64 + 64 + 64 + 128 + 1024 + 65600)
    for (const pointer of pointers) kernels.free(pointer)
    expect(kernels.bytesInUse).toBe(before)
  })

  it('hands out again at once what is freed', () => {
    const first = kernels.alloc(5000)
    kernels.free(first)
    expect(kernels.alloc(5000)).toBe(first)
    kernels.free(first)
  })

  it('joins neighbours in every order of freeing', () => {
    for (const order of ['012', '021', '102', '120', '201', '210']) {
      const pointers = [1000, 2000, 3000].map((bytes) => kernels.alloc(bytes))
      for (const index of order) kernels.free(pointers[Number(index)]!)
      const whole = kernels.alloc(6144)
      expect(whole, order).toBe(pointers[0])
      kernels.free(whole)
    }
  })

  it('views show the bytes that kernels see', () => {
    const pointer = kernels.alloc(64)
    kernels.u8(pointer, 8).set([0, 0, 128, 63, 0, 0, 0, 64])
    expect([...kernels.f32(pointer, 2)]).toEqual([1, 2])
    expect([...kernels.u16(pointer, 4)]).toEqual([0, 0x3f80, 0, 0x4000])
    expect([...kernels.i32(pointer, 2)]).toEqual([0x3f800000, 0x40000000])
    expect([...kernels.f64(pointer, 1)]).toEqual([2.0000004731118679])
    kernels.free(pointer)
  })

  it('refuses a second free, a foreign pointer and impossible sizes', () => {
    const pointer = kernels.alloc(64)
    kernels.free(pointer)
    const message = `free: no memory is in use at ${pointer}: it was never allocated, or is freed a second time.`
    expect(() => kernels.free(pointer)).toThrow(message)
    expect(() => kernels.free(12345)).toThrow('free: no memory is in use at 12345')
    for (const bytes of [-1, 1.5, Number.NaN, 2 ** 60])
      expect(() => kernels.alloc(bytes)).toThrow(
        `alloc: ${bytes} is no size, expected a whole number of bytes from 0 on.`,
      )
  })

  it('says what was asked for and what is in use when nothing fits, and goes on', async () => {
    const own = createKernels()
    own.alloc(1e6)
    expect(() => own.alloc(5e9)).toThrow(
      "out of memory: 5.0 GB asked for while 1.0 MB are in use by 1 block, and one thread's kernels can address 4 GiB. Try fewer or smaller tensors at a time, or free what is no longer needed.",
    )
    expect(() => own.alloc(2 ** 32 - 2 ** 20)).toThrow(expect.objectContaining({ code: 'out-of-memory', exitCode: 4 }))
    expect(own.alloc(64)).toBeGreaterThan(0)
  })

  it('keeps pointers beyond 2 GiB positive and usable', async () => {
    const own = createKernels()
    own.alloc(2 ** 31)
    const high = own.alloc(2 ** 20)
    expect(high).toBeGreaterThan(2 ** 31)
    own.f32(high, 1024).fill(1.5)
    const pass = measures(own).statistics('f32')
    pass.update(high, 1024)
    expect(pass.finish()).toMatchObject({ count: 1024, sum: 1536, min: 1.5, max: 1.5 })
    measures(own).convert('f32', high, 1024, high + 8192, 'f64')
    expect(own.f64(high + 8192, 1024)[1023]).toBe(1.5)
    measures(own).byteSwap(high, 1024, 4)
    expect(own.i32(high, 1024)[1023]).toBe(0xc03f)
    expect(measures(own).crc32(high, 4096, 0)).toBeGreaterThanOrEqual(0)
  })

  it('gives blocks that never overlap, and stays bounded over a million random steps', async () => {
    const own = createKernels()
    const seed = 20261121
    const r = random(seed)
    const live: { pointer: number; bytes: number }[] = []
    let inUse = 0
    let most = 0
    for (let step = 0; step < 1_000_000; step++) {
      if (live.length < 200 && (live.length === 0 || r.next() < 0.5)) {
        const bytes = r.next() < 0.02 ? r.below(2 ** 20) : 2 ** r.below(12) + r.below(64)
        live.push({ pointer: own.alloc(bytes), bytes })
        inUse += Math.ceil(Math.max(1, bytes) / 64) * 64
        most = Math.max(most, inUse)
      } else {
        const index = r.below(live.length)
        const { pointer, bytes } = live[index]!
        live[index] = live.at(-1)!
        live.pop()
        own.free(pointer)
        inUse -= Math.ceil(Math.max(1, bytes) / 64) * 64
      }
      if (step % 50_000 === 0) {
        const sorted = [...live].sort((a, b) => a.pointer - b.pointer)
        for (let i = 1; i < sorted.length; i++)
          expect(sorted[i]!.pointer, `seed ${seed}, step ${step}`).toBeGreaterThanOrEqual(
            sorted[i - 1]!.pointer + sorted[i - 1]!.bytes,
          )
        expect(own.bytesInUse, `seed ${seed}, step ${step}`).toBe(inUse)
      }
    }
    expect(own.memory.buffer.byteLength, `seed ${seed}`).toBeLessThan(2 * most + 4 * 2 ** 20)
    for (const { pointer } of live) own.free(pointer)
    expect(own.bytesInUse).toBe(0)
  })
})
