/** Quantized layouts inside other formats: recognized by names and shapes, and the arithmetic of those that are certain. */
import { describe, expect, it } from 'vitest'
import { dequantizeFp8Blocks, dequantizeGptq } from '../../src/checkpoint/dequantize.js'
import { quantizedLayout } from '../../src/checkpoint/quantized.js'
import type { TensorEntry } from '../../src/checkpoint/types.js'
import type { StorageType } from '../../src/core/index.js'

function entry(name: string, type: StorageType, ...shape: number[]): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1)
  const storage = { kind: 'range', source: 0, offset: 0, length: 0 } as const
  const data = { storage, type, shape, offset: 0, strides: null, bigEndian: false }
  return {
    name,
    dtype: type.toUpperCase(),
    shape,
    count,
    data,
    kind: null,
    outAxis: null,
    groups: null,
    group: 'model',
    sharesWith: null,
  }
}

const found = (...entries: TensorEntry[]): [string, string, boolean, readonly string[]][] =>
  [...quantizedLayout(entries)].map(([name, { layout, certain, parts }]) => [name, layout, certain, parts])

const gptq = (bits: number, inputs = 256, outputs = 64): TensorEntry[] => [
  entry('q.qweight', 'i32', (inputs * bits) / 32, outputs),
  entry('q.qzeros', 'i32', 2, (outputs * bits) / 32),
  entry('q.scales', 'f16', 2, outputs),
  entry('q.g_idx', 'i32', inputs),
]

describe('quantizedLayout', () => {
  it('tells GPTQ with 4 bits from other widths and from AWQ by the shapes', () => {
    const names = ['q.qweight', 'q.qzeros', 'q.scales', 'q.g_idx']
    expect(found(...gptq(4))).toEqual([['q.qweight', 'gptq-4bit', true, names]])
    expect(found(...gptq(8))).toEqual([['q.qweight', 'gptq-8bit', false, names]])
    expect(found(...gptq(4).slice(0, 3))).toEqual([['q.qweight', 'gptq-4bit', false, names.slice(0, 3)]])
    const awq = [entry('a.qweight', 'i32', 256, 8), entry('a.qzeros', 'i32', 2, 8), entry('a.scales', 'f16', 2, 64)]
    expect(found(...awq)).toEqual([['a.qweight', 'awq', false, ['a.qweight', 'a.qzeros', 'a.scales']]])
  })

  it('is certain of FP8 with scales for blocks, rows, or all', () => {
    const weight = entry('f.weight', 'f8_e4m3fn', 200, 300)
    const scale = (end: string, type: StorageType, ...shape: number[]): TensorEntry =>
      entry(`f.weight_${end}`, type, ...shape)
    expect(found(weight, scale('scale_inv', 'f32', 2, 3))).toEqual([
      ['f.weight', 'fp8-blocks', true, ['f.weight', 'f.weight_scale_inv']],
    ])
    expect(found(weight, scale('scale_inv', 'f32', 3, 2))[0]!.slice(1, 3)).toEqual(['fp8-blocks', false])
    expect(found(weight, scale('scale', 'f32'))[0]!.slice(1, 3)).toEqual(['fp8-tensor', true])
    expect(found(weight, scale('scale', 'bf16', 200, 1))[0]!.slice(1, 3)).toEqual(['fp8-rows', true])
    expect(found(weight, scale('scale', 'f32', 300))[0]!.slice(1, 3)).toEqual(['fp8-rows', false])
    expect(found(weight)).toEqual([])
  })

  it('recognizes what it cannot read, and says what to do', () => {
    const nf4 = [
      entry('b.weight', 'u8', 4096, 1),
      entry('b.weight.absmax', 'u8', 128),
      entry('b.weight.quant_map', 'f32', 16),
      entry('b.weight.quant_state.bitsandbytes__nf4', 'u8', 150),
    ]
    expect(found(...nf4)[0]!.slice(1, 3)).toEqual(['bitsandbytes-nf4', false])
    expect(found(entry('i.weight', 'i8', 8, 8), entry('i.SCB', 'f32', 8))[0]!.slice(1, 3)).toEqual([
      'bitsandbytes-int8',
      false,
    ])
    expect(found(entry('c.weight_packed', 'i32', 8, 8), entry('c.weight_scale', 'f16', 8, 1))[0]![1]).toBe(
      'compressed-tensors',
    )
    expect(found(entry('e.up_blocks', 'u8', 8, 64, 2, 16), entry('e.up_scales', 'u8', 8, 64, 2))[0]![1]).toBe('mxfp4')
    expect(quantizedLayout(nf4).get('b.weight')!.why).toBe(
      'bitsandbytes packs two 4-bit codes in a byte and keeps the true shape in a text beside them; to have it measured, load the model with the library that made it and save it dequantized.',
    )
  })

  it('sees nothing in an ordinary model, or where only the name fits', () => {
    expect(found(entry('fc.weight', 'f32', 8, 8), entry('fc.bias', 'f32', 8), entry('m.weight', 'u8', 8))).toEqual([])
    expect(found(entry('x.qweight', 'f32', 8, 8))[0]!.slice(1, 3)).toEqual(['packed-integers', false])
  })
})

describe('dequantizeGptq', () => {
  it('a hand-worked example of 8 inputs and 8 outputs', () => {
    // Column o holds the codes 0..7 in its eight inputs, rotated by o; every zero point is stored as 2, so 3 is taken off; scale o + 1.
    const code = (input: number, output: number): number => (input + output) % 8
    const qweight = Int32Array.from({ length: 8 }, (_, o) =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((bits, i) => bits | (code(i, o) << (4 * i)), 0),
    )
    const weight = dequantizeGptq({
      qweight,
      qzeros: Int32Array.of(0x2222_2222),
      scales: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      gIdx: new Int32Array(8),
      inputs: 8,
      outputs: 8,
    })
    expect([...weight.subarray(0, 3)]).toEqual([-3, -4, -3])
    const all = Array.from({ length: 64 }, (_, at) => (code(at >> 3, at & 7) - 3) * ((at & 7) + 1))
    expect([...weight]).toEqual(all)
  })

  it('uses all four bits of the highest code, and the group of each input', () => {
    const weight = dequantizeGptq({
      qweight: new Int32Array(8).fill(-1),
      qzeros: Int32Array.of(0, -1),
      scales: Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 10)),
      gIdx: Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1),
      inputs: 8,
      outputs: 8,
    })
    // Group 0: (15 - 0 - 1) * 1; group 1: (15 - 15 - 1) * 10.
    expect([...weight.subarray(0, 8)]).toEqual(Array(8).fill(14))
    expect([...weight.subarray(8, 16)]).toEqual(Array(8).fill(-10))
  })

  it('refuses arrays that do not fit and groups without scales', () => {
    const good = {
      qweight: new Int32Array(8),
      qzeros: new Int32Array(1),
      scales: new Float32Array(8),
      gIdx: new Int32Array(8),
      inputs: 8,
      outputs: 8,
    }
    expect(() => dequantizeGptq({ ...good, qweight: new Int32Array(7) })).toThrow(
      'dequantizeGptq: the arrays do not fit [in, out] = [8, 8]: qweight has 7 integers, qzeros 1, scales 8, gIdx 8.',
    )
    expect(() => dequantizeGptq({ ...good, gIdx: new Int32Array(8).fill(1) })).toThrow(
      'dequantizeGptq: gIdx[0] is 1, but there are 1 groups.',
    )
  })
})

describe('dequantizeFp8Blocks', () => {
  it('multiplies each tile by its own scale, cut tiles too', () => {
    // 0x38 is 1, 0xc0 is -2, 0x7e is 448, 0x01 is 2^-9.
    const codes = Uint8Array.of(0x38, 0xc0, 0x38, 0x7e, 0x01, 0x38)
    const weight = dequantizeFp8Blocks(codes, Float32Array.of(1, 10, 100, 1000), 2, 3, [1, 2])
    expect([...weight]).toEqual([1, -2, 10, 44_800, 100 * 2 ** -9, 1000])
  })

  it('knows all 256 codes', () => {
    const all = dequantizeFp8Blocks(
      Uint8Array.from({ length: 256 }, (_, i) => i),
      Float32Array.of(1),
      1,
      256,
      [128, 256],
    )
    const finite = all.filter((value) => !Number.isNaN(value))
    expect([finite.length, Math.max(...finite), finite.reduce((sum, value) => sum + Math.abs(value), 0)]).toEqual([
      254, 448, 10_815.75,
    ])
  })

  it('refuses lengths that do not fit', () => {
    expect(() => dequantizeFp8Blocks(new Uint8Array(6), new Float32Array(2), 2, 3)).toThrow(
      'dequantizeFp8Blocks: 6 codes and 2 scales do not fit [2, 3] in tiles of 128 x 128.',
    )
  })
})
