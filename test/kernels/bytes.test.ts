import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels, type Kernels, measures } from '../../src/kernels/index.js'
import { random } from './random.js'

let kernels: Kernels
let area: number

beforeAll(async () => {
  kernels = createKernels()
  area = kernels.alloc(2 ** 17)
})

/** Bit by bit, from the definition. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('crc32', () => {
  it('has the check value of the standard', () => {
    kernels.u8(area, 9).set(new TextEncoder().encode('123456789'))
    expect(measures(kernels).crc32(area, 9, 0)).toBe(0xcbf43926)
    expect(measures(kernels).crc32(area, 0, 0)).toBe(0)
    expect(measures(kernels).crc32(area, 0, 0xcbf43926)).toBe(0xcbf43926)
  })

  it('agrees with the definition at every length and alignment', () => {
    const r = random(1)
    const bytes = kernels.u8(area, 400)
    for (let i = 0; i < 400; i++) bytes[i] = r.below(256)
    for (let length = 0; length < 300; length++) {
      const at = length % 19
      expect(measures(kernels).crc32(area + at, length, 0), `${length} bytes`).toBe(
        slowCrc(bytes.subarray(at, at + length)),
      )
    }
  })

  it('may be taken in pieces', () => {
    const r = random(2)
    const length = 100_003
    const bytes = kernels.u8(area, length)
    for (let i = 0; i < length; i++) bytes[i] = r.below(256)
    const whole = slowCrc(bytes)
    expect(measures(kernels).crc32(area, length, 0)).toBe(whole)
    for (let round = 0; round < 20; round++) {
      const cut = r.below(length)
      expect(
        measures(kernels).crc32(area + cut, length - cut, measures(kernels).crc32(area, cut, 0)),
        `cut at ${cut}`,
      ).toBe(whole)
    }
  })
})

describe('byteSwap', () => {
  it('turns the bytes of every word around, at every length and alignment, and nothing else', () => {
    for (const word of [2, 4, 8] as const)
      for (let count = 0; count < 40; count++) {
        const at = area + (count % 17)
        const bytes = kernels.u8(area, 400)
        for (let i = 0; i < 400; i++) bytes[i] = (i * 7) & 255
        const expected = bytes.slice()
        for (let i = 0; i < count; i++) expected.subarray(at - area + i * word, at - area + (i + 1) * word).reverse()
        measures(kernels).byteSwap(at, count, word)
        expect(kernels.u8(area, 400), `${count} words of ${word}`).toEqual(expected)
      }
  })

  it('refuses other words', () => {
    expect(() => measures(kernels).byteSwap(area, 1, 3 as 2)).toThrow('byteSwap: words of 3 bytes, expected 2, 4 or 8.')
  })
})
