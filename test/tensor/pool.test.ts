/** Memory for tensors: which blocks are used again, and when those that wait go back. */
import { describe, expect, it } from 'vitest'
import { SystemError } from '../../src/core/index.js'
import { createKernels, type Kernels } from '../../src/kernels/index.js'
import { Pool } from '../../src/tensor/pool.js'

/** Kernels that count what is in use, and have no more than `limit` bytes. */
function counting(limit = Number.POSITIVE_INFINITY): { kernels: Kernels; used: () => number } {
  const real = createKernels()
  const alloc = (bytes: number): number => {
    if (real.bytesInUse + bytes > limit) throw new SystemError('out-of-memory', 'full')
    return real.alloc(bytes)
  }
  const kernels = { alloc, free: (pointer: number) => real.free(pointer) } as unknown as Kernels
  return { kernels, used: () => real.bytesInUse }
}

describe('a block that was freed', () => {
  it.each([1, 64, 65, 4096, 4097, 16_384, 262_144])('of %i bytes is the next of its size', (bytes) => {
    const pool = new Pool(counting().kernels)
    const first = pool.alloc(bytes)
    const second = pool.alloc(bytes)
    expect(second).not.toBe(first)
    expect([first % 64, second % 64]).toEqual([0, 0])
    pool.free(first, bytes)
    expect(pool.alloc(bytes)).toBe(first)
  })

  it('serves every size that rounds to the same', () => {
    const pool = new Pool(counting().kernels)
    const first = pool.alloc(4097)
    pool.free(first, 4097)
    expect(pool.alloc(4160)).toBe(first)
    pool.free(first, 4160)
    expect(pool.alloc(4161)).not.toBe(first)
  })

  it('goes back to the allocator at once when it is large', () => {
    const { kernels, used } = counting()
    const pool = new Pool(kernels)
    pool.free(pool.alloc(262_145), 262_145)
    expect(used()).toBe(0)
  })
})

describe('blocks that wait', () => {
  it('are never more than 4 MiB, whatever sizes were asked for', () => {
    const { kernels, used } = counting()
    const pool = new Pool(kernels)
    for (let bytes = 4160; bytes <= 262_144; bytes += 64) {
      pool.free(pool.alloc(bytes), bytes)
      expect(used()).toBeLessThanOrEqual(4 * 1024 * 1024)
    }
    expect(used()).toBeGreaterThan(0)
  })

  it('are given back when there is nothing else, for large blocks and for slabs', () => {
    const { kernels } = counting(300_000)
    const pool = new Pool(kernels)
    const one = pool.alloc(262_144)
    expect(() => pool.alloc(262_144)).toThrow('full')
    pool.free(one, 262_144)
    const large = pool.alloc(280_000)
    pool.free(large, 280_000)
    const again = pool.alloc(250_000)
    pool.free(again, 250_000)
    expect(() => pool.alloc(64)).not.toThrow()
  })
})
