/** The decoders by hand: one block of each type, every code of the 8-bit types, special scales, alignment and bounds. */
import { describe, expect, it } from 'vitest'
import { type StorageType, storageInfo, storageTypes } from '../../src/core/index.js'
import { type CodeType, codeValues, decoder, isCodeType, isDecoded } from '../../src/kernels/decode.js'
import { decodeWasm } from '../../src/kernels/embedded/decode.js'
import { bytesOf } from '../../src/kernels/module.js'
import { bytesFor, decode, decodeExports, seededBytes } from './decode-module.js'
import { ieeeLike } from './decode-reference.js'

/** binary16: 1 is 3c00, 0.5 is 3800, 2 is 4000, -1 is bc00. */
const ONE = [0x00, 0x3c]
const HALF = [0x00, 0x38]
const TWO = [0x00, 0x40]

/** `size` bytes, all 0 but for the runs that are given by their offset. */
function block(size: number, runs: Record<number, readonly number[]>): Uint8Array {
  const bytes = new Uint8Array(size)
  for (const [at, run] of Object.entries(runs)) bytes.set(run, Number(at))
  return bytes
}

/** Type, the runs of its block that are not 0, and elements as [index, value]. */
const worked: readonly [StorageType, Record<number, readonly number[]>, readonly (readonly [number, number])[]][] = [
  // d = 0.5; byte 0 is 9 below 15: (9 - 8) / 2 and (15 - 8) / 2 sixteen later; a zero nibble is -4.
  [
    'q4_0',
    { 0: HALF, 2: [0xf9] },
    [
      [0, 0.5],
      [16, 3.5],
      [1, -4],
    ],
  ],
  // d = 0.5, m = 2: 9 / 2 + 2, 15 / 2 + 2, 0 + 2.
  [
    'q4_1',
    { 0: HALF, 2: TWO, 4: [0xf9] },
    [
      [0, 6.5],
      [16, 9.5],
      [1, 2],
    ],
  ],
  // Fifth bits of elements 0 and 17: (9 + 16 - 16) / 2, (15 - 16) / 2, (0 + 16 - 16) / 2, (0 - 16) / 2.
  [
    'q5_0',
    { 0: HALF, 2: [1, 0, 2, 0], 6: [0xf9] },
    [
      [0, 4.5],
      [16, -0.5],
      [17, 0],
      [31, -8],
    ],
  ],
  [
    'q5_1',
    { 0: HALF, 2: TWO, 4: [1, 0, 2, 0], 8: [0xf9] },
    [
      [0, 14.5],
      [16, 9.5],
      [17, 10],
      [31, 2],
    ],
  ],
  [
    'q8_0',
    { 0: HALF, 2: [0x80, 0x7f, 0xff] },
    [
      [0, -64],
      [1, 63.5],
      [2, -0.5],
      [31, 0],
    ],
  ],
  // The second f16 is a sum that does not matter here.
  [
    'q8_1',
    { 0: HALF, 2: TWO, 4: [0x80, 0x7f] },
    [
      [0, -64],
      [1, 63.5],
      [31, 0],
    ],
  ],
  // d is an f32: 0.25.
  [
    'q8_k',
    { 0: [0, 0, 0x80, 0x3e], 4: [0x80, 4], 259: [8], 260: [9, 9] },
    [
      [0, -32],
      [1, 1],
      [255, 2],
    ],
  ],
  // First scale byte: s = 3, m = 2; code 0 of byte 0 is 1, code 1 (element 32, scale byte 2: s = 1, m = 0) is 3. d = 0.5, dmin = 1.
  [
    'q2_k',
    { 0: [0x23, 0, 1], 16: [0x0d], 80: [...HALF, ...ONE] },
    [
      [0, -0.5],
      [1, -2],
      [32, 1.5],
      [255, 0],
    ],
  ],
  // Scales: low nibble of byte 0 is 5, upper bits 2: 37 - 32 = 5; the others 0 - 32. Third bit of element 0 is set: q = 2, else q - 4.
  [
    'q3_k',
    { 0: [1], 32: [2], 96: [5], 104: [2], 108: HALF },
    [
      [0, 5],
      [1, -10],
      [16, 64],
      [255, 64],
    ],
  ],
  // s0 = 3, m0 = 2, s1 = 63; element 0 is low 9, element 32 is high 15. d = 0.5, dmin = 1. s4: low nibble 1 of byte 8, upper bits 3 of byte 0.
  [
    'q4_k',
    { 0: [...HALF, ...ONE, 0xc3, 63, 0, 0, 2], 12: [1], 16: [0xf9], 80: [0x02] },
    [
      [0, 11.5],
      [1, -2],
      [32, 472.5],
      [128, 49],
    ],
  ],
  // As before; fifth bits of byte 0: sub-blocks 0 and 4.
  [
    'q5_k',
    { 0: [...HALF, ...ONE, 0xc3, 63, 0, 0, 2], 12: [1], 16: [0x11], 48: [0xf9], 112: [0x02] },
    [
      [0, 35.5],
      [1, -2],
      [32, 472.5],
      [128, 441],
    ],
  ],
  // Scales 2, and -1 for elements 64-79; low nibble 5 with upper bits 3 is 53 - 32; high nibble 7 with upper bits 1 (bits 4-5) is 23 - 32.
  [
    'q6_k',
    { 0: [0x75], 128: [0x13], 192: [2, 0, 0, 0, 0xff], 208: HALF },
    [
      [0, 21],
      [1, -32],
      [64, 4.5],
      [255, -0],
    ],
  ],
  [
    'iq4_nl',
    { 0: HALF, 2: [0xf9] },
    [
      [0, 6.5],
      [16, 56.5],
      [1, -63.5],
    ],
  ],
  // Scale 0: low nibble 5, upper bits 2: 37 - 32; scale 1: 0 - 32. Codes 9 and 15 are 13 and 113, code 0 is -127.
  [
    'iq4_xs',
    { 0: HALF, 2: [2], 4: [5], 8: [0xf9] },
    [
      [0, 32.5],
      [16, 282.5],
      [1, -317.5],
      [32, 2032],
    ],
  ],
  // 2^(128 - 127) = 2; E2M1: 1 is 0.5, 7 is 6, 9 is -0.5.
  [
    'mxfp4',
    { 0: [128, 0x71, 0x09] },
    [
      [0, 1],
      [16, 12],
      [1, -1],
      [17, 0],
    ],
  ],
  // 0b11100100: codes 0 1 2 3 of elements 0, 32, 64, 96, less 1.
  [
    'tq2_0',
    { 0: [0xe4], 64: HALF },
    [
      [0, -0.5],
      [32, 0],
      [64, 0.5],
      [96, 1],
      [255, -0.5],
    ],
  ],
  // Digits 2 1 0 2 1 are 2 81 + 27 + 0 + 2 3 + 1 = 196, stored as the next above 196 256 / 243: 207. The last four bytes hold four digits: 2 is 171.
  [
    'tq1_0',
    { 0: [207], 48: [171], 52: HALF },
    [
      [0, 0.5],
      [32, 0],
      [64, -0.5],
      [96, 0.5],
      [128, 0],
      [240, 0.5],
      [244, -0.5],
    ],
  ],
  // Entry 0 is eight times 8, entry 1 has 43 first; scale (1 + 1/2) / 4 of d = 2. Sign 1 set makes the parity sign 7 set too.
  [
    'iq2_xxs',
    { 0: TWO, 2: [1, 0, 0, 0, 2, 0, 0, 0x10] },
    [
      [0, 32.25],
      [1, -6],
      [6, 6],
      [7, -6],
      [8, 6],
    ],
  ],
  // The word is index 1 and sign 1 (bit 10); nibbles 1 and 0 are the scales of the first two sixteens.
  [
    'iq2_xs',
    { 0: TWO, 2: [0x01, 0x04], 66: [1] },
    [
      [0, 32.25],
      [1, -6],
      [7, -6],
      [8, 6],
      [16, 2],
    ],
  ],
  // Entry 0 is eight times 8; scale (1 + 1/2) / 4 of d = 2; all eight signs are stored. The second sixteen has scale 0.
  [
    'iq2_s',
    { 0: TWO, 2: [0], 34: [0x82], 74: [1] },
    [
      [0, 6],
      [1, -6],
      [7, -6],
      [16, 2],
    ],
  ],
  // Entry 1 of IQ3_XXS is 20 4 4 4; scale (1 + 1/2) / 2 of d = 2.
  [
    'iq3_xxs',
    { 0: TWO, 2: [1], 66: [2, 0, 0, 0x10] },
    [
      [0, 30],
      [1, -6],
      [7, -6],
      [8, 6],
      [32, 2],
    ],
  ],
  // Entry 1 of IQ3_S is 3 1 1 1; scale 2 1 + 1 of d = 2, and 1 for the second 32.
  [
    'iq3_s',
    { 0: TWO, 2: [1], 74: [0x82], 106: [1] },
    [
      [0, 18],
      [1, -6],
      [7, -6],
      [32, 2],
    ],
  ],
  // Entry 0 of IQ1 is eight times -1, entry 1 has 1 first; scale 2 1 + 1, the shift is down: (-1 - 1/8) 3 2; the second 32 shifts up.
  [
    'iq1_s',
    { 0: TWO, 2: [1], 34: [0x00, 0x90] },
    [
      [0, 5.25],
      [1, -6.75],
      [32, -1.75],
    ],
  ],
  // d = 2 is 4000 hex: the highest nibble, in the last u16. Scale 0 of the first u16 is 1; nibble 0 of qh shifts down.
  [
    'iq1_m',
    { 0: [1], 32: [8], 48: [1], 55: [0x40] },
    [
      [0, 5.25],
      [1, -6.75],
      [8, -5.25],
      [16, -1.75],
    ],
  ],
]

describe('one block by hand', () => {
  it.each(worked)('%s', (type, runs, elements) => {
    const { unit, unitBytes } = storageInfo(type)
    const values = decode(type, block(unitBytes, runs), unit)
    for (const [index, value] of elements) expect(values[index], `element ${index}`).toBe(value)
  })

  it('covers every block type', () => {
    const blocks = storageTypes.filter((type) => storageInfo(type).numberClass === 'block')
    expect(worked.map(([type]) => type).sort()).toEqual([...blocks].sort())
  })

  it('packed numbers: the first is in the lowest bits', () => {
    expect(decode('u4', Uint8Array.of(0x9f, 0x01), 3)).toEqual([15, 9, 1])
    expect(decode('i4', Uint8Array.of(0x9f, 0x07), 3)).toEqual([-1, -7, 7])
    expect(decode('f4_e2m1', Uint8Array.of(0x10, 0xf8), 4)).toEqual([0, 0.5, -0, -6])
    // E2M3 codes 1, 8, 63, 31: 0.125, 1, -7.5, 7.5; in three bytes 01 | 08 << 6 | 3f << 12 | 1f << 18.
    expect(decode('f6_e2m3', Uint8Array.of(0x01, 0xf2, 0x7f), 4)).toEqual([0.125, 1, -7.5, 7.5])
    // The same bits as E3M2: 0.0625, 0.5, -28, 28.
    expect(decode('f6_e3m2', Uint8Array.of(0x01, 0xf2, 0x7f), 4)).toEqual([0.0625, 0.5, -28, 28])
  })
})

const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
/** What each 8-bit code means: the definition, written apart from the kernels. */
const definitions: Record<CodeType, (code: number) => number> = {
  u8: (code) => code,
  i8: (code) => (code < 128 ? code : code - 256),
  bool: (code) => (code === 0 ? 0 : 1),
  f8_e8m0: (code) => (code === 255 ? nan : 2 ** (code - 127)),
  f8_e4m3fn: (code) => (code % 128 === 127 ? nan : ieeeLike(code, 4, 3, 7)),
  f8_e4m3fnuz: (code) => (code === 128 ? nan : ieeeLike(code, 4, 3, 8)),
  f8_e5m2fnuz: (code) => (code === 128 ? nan : ieeeLike(code, 5, 2, 16)),
  f8_e5m2: (code) => (code % 128 < 124 ? ieeeLike(code, 5, 2, 15) : code % 128 > 124 ? nan : code < 128 ? inf : -inf),
}
const codeTypes = Object.keys(definitions) as CodeType[]
const allCodes = Uint8Array.from({ length: 256 }, (_, code) => code)

describe('8-bit types', () => {
  it.each(codeTypes)('%s: the table of values is the definition for all 256 codes', (type) => {
    expect(Array.from(codeValues(type))).toEqual(Array.from(allCodes, definitions[type]))
  })

  it.each(codeTypes.filter(isDecoded))(
    '%s: the decoder agrees with the table, whole and in every length to 40',
    (type) => {
      const expected = Array.from(codeValues(type))
      expect(decode(type, allCodes, 256)).toEqual(expected)
      for (let count = 0; count <= 40; count++)
        expect(decode(type, allCodes.subarray(100), count)).toEqual(expected.slice(100, 100 + count))
    },
  )

  it('has the known landmarks', () => {
    expect(Math.max(...codeValues('f8_e4m3fn').filter(Number.isFinite))).toBe(448)
    expect(Math.max(...codeValues('f8_e5m2').filter(Number.isFinite))).toBe(57344)
    expect(Math.max(...codeValues('f8_e4m3fnuz').filter(Number.isFinite))).toBe(240)
    expect(Math.max(...codeValues('f8_e5m2fnuz').filter(Number.isFinite))).toBe(57344)
    expect(codeValues('f8_e8m0')[0]).toBe(2 ** -127)
    expect(codeValues('bool').reduce((sum, value) => sum + value, 0)).toBe(255)
  })

  it('are told apart from the others', () => {
    expect(storageTypes.filter(isCodeType).sort()).toEqual([...codeTypes].sort())
  })
})

describe('scales that are not finite', () => {
  it('an infinite scale makes its zeros NaN and the rest infinite', () => {
    const values = decode('q4_0', block(18, { 0: [0x00, 0x7c], 2: [0x88, 0x98, 0x78] }), 32)
    expect([values[0], values[1], values[16], values[17], values[18]]).toEqual([nan, nan, nan, inf, -inf])
  })

  it('a NaN scale makes its whole block NaN and leaves the next one alone', () => {
    const two = new Uint8Array([...block(18, { 0: [0x01, 0xfe] }), ...block(18, { 0: ONE })])
    const values = decode('q4_0', two, 64)
    expect(values.slice(0, 32)).toEqual(new Array(32).fill(nan))
    expect(values.slice(32)).toEqual(new Array(32).fill(-8))
  })

  it('the smallest subnormal scale counts: 2^-24', () => {
    expect(decode('q8_0', block(34, { 0: [1, 0], 2: [3] }), 32)[0]).toBe(3 * 2 ** -24)
  })

  it('mxfp4: exponents 0 and 1 are f32 subnormals, 255 is no NaN, and what exceeds f32 is infinite', () => {
    const first = (exponent: number): number[] => decode('mxfp4', block(17, { 0: [exponent, 0x71] }), 32).slice(0, 17)
    expect(first(0)[0]).toBe(2 ** -128)
    expect(first(1)[0]).toBe(2 ** -127)
    expect(first(255)[0]).toBe(2 ** 127)
    expect(first(255)[16]).toBe(inf)
  })
})

const decodedTypes = storageTypes.filter(isDecoded)

describe('every decoder', () => {
  it('shares its memory: the static data stays between 512 KiB and 1 MiB', () => {
    const memory = new WebAssembly.Memory({ initial: 32 })
    new WebAssembly.Instance(new WebAssembly.Module(bytesOf(decodeWasm)), { env: { memory } })
    const bytes = new Uint8Array(memory.buffer)
    expect(bytes.findIndex((byte) => byte !== 0)).toBeGreaterThanOrEqual(512 * 1024)
    expect(bytes.findLastIndex((byte) => byte !== 0)).toBeGreaterThan(512 * 1024)
    expect(bytes.findLastIndex((byte) => byte !== 0)).toBeLessThan(1024 * 1024)
  })

  it.each(decodedTypes)('%s gives the same values at every alignment and at the end of the memory', (type) => {
    const count = storageInfo(type).unit * 5
    const bytes = seededBytes(bytesFor(type, count), 7)
    const expected = decode(type, bytes, count)
    for (let offset = 1; offset < 16; offset++)
      expect(decode(type, bytes, count, { offset }), `offset ${offset}`).toEqual(expected)
    expect(decode(type, bytes, count, { atEnd: true })).toEqual(expected)
  })

  it.each(decodedTypes)('%s writes nothing for no elements', (type) => {
    expect(decode(type, new Uint8Array(0), 0, { atEnd: true })).toEqual([])
  })

  it('is missing for plain machine numbers, and says so', () => {
    expect(storageTypes.filter((type) => !isDecoded(type))).toEqual([
      ...['f64', 'f32', 'f16', 'bf16', 'i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64', 'bool'],
    ])
    expect(() => decoder(decodeExports, 'bf16')).toThrow(
      "decode: bf16 has no decoder, expected a small float, packed integer, complex or block type. Try the arithmetic module's conversion.",
    )
  })
})
