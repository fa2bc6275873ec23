/** Quantized layouts inside other formats: recognized by names and shapes, and the arithmetic of those that are certain. */
import { describe, expect, it } from 'vitest'
import { BytesSource } from '../../src/archive/source.js'
import { dequantizeFp8Blocks, dequantizeGptq } from '../../src/checkpoint/dequantize.js'
import { openSource } from '../../src/checkpoint/open.js'
import { quantizedLayout } from '../../src/checkpoint/quantized.js'
import { readTensor } from '../../src/checkpoint/read.js'
import { settleQuantized } from '../../src/checkpoint/settle.js'
import type { Metadata, ReaderResult, TensorEntry } from '../../src/checkpoint/types.js'
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
      zeroStep: 1,
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
      zeroStep: 1,
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
      zeroStep: 0,
    } as const
    expect(() => dequantizeGptq({ ...good, qweight: new Int32Array(7) })).toThrow(
      'dequantizeGptq: the arrays do not fit [in, out] = [8, 8]: qweight has 7 integers, qzeros 1, scales 8, gIdx 8.',
    )
    expect(() => dequantizeGptq({ ...good, gIdx: new Int32Array(8).fill(1) })).toThrow(
      'g_idx of a GPTQ weight puts input 0 into group 1, but there are 1 groups.',
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

describe('settleQuantized', () => {
  const settle = (tensors: readonly TensorEntry[], metadata: Metadata = {}): ReturnType<typeof settleQuantized> =>
    settleQuantized({ tensors, metadata, sources: [], skipped: [], warnings: [] } satisfies ReaderResult)
  const words = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
  const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
  const stored = (name: string, type: StorageType, shape: number[], bytes: Uint8Array): TensorEntry => {
    const plain = entry(name, type, ...shape)
    return { ...plain, data: { ...plain.data, storage: { kind: 'bytes', bytes } } }
  }
  /** All values of the only tensor, read in steps of `step` elements. */
  async function valuesOf({ data }: TensorEntry, step: number): Promise<number[]> {
    const reader = readTensor(data, [])
    const values: number[] = []
    const target = new Uint8Array(step * 4)
    for (let got = await reader.next(target); got > 0; got = await reader.next(target)) {
      values.push(...new Float32Array(target.slice(0, got).buffer))
    }
    reader.close()
    return values
  }

  it.each([1, 5, 64, 1000])('streams an FP8 weight times its scales, %i elements at a time', async (step) => {
    const codes = Uint8Array.from({ length: 130 * 3 }, (_, at) => (at % 2 === 0 ? 0x38 : 0xc0))
    const weight = stored('f.weight', 'f8_e4m3fn', [130, 3], codes)
    const scales = stored('f.weight_scale_inv', 'f32', [2, 1], floats(1, 10))
    const { tensors, skipped, warnings } = await settle([weight, scales])
    expect(tensors.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([['f.weight', 'F8_E4M3FN', [130, 3]]])
    expect(skipped).toEqual([
      {
        name: 'f.weight_scale_inv',
        dtype: 'F32',
        shape: [2, 1],
        what: 'tensor',
        why: "It is part of the quantized weight 'f.weight'.",
      },
    ])
    expect(warnings).toEqual([
      "1 quantized weight (the first is 'f.weight') measured as the values they stand for. FP8 codes times one scale for each 128x128 block (weight_scale_inv).",
    ])
    const whole = dequantizeFp8Blocks(codes, Float32Array.of(1, 10), 130, 3)
    expect(await valuesOf(tensors[0]!, step)).toEqual([...whole])
    expect([whole[0], whole[1], whole[389]]).toEqual([1, -2, -20])
  })

  it.each([
    [1, 1],
    [7, 0],
    [100, 1],
    [1000, 0],
  ] as const)(
    'streams a GPTQ weight as [in, out], %i elements at a time, zero points and %i',
    async (step, zeroStep) => {
      let seed = 1
      const random = (): number => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
        return seed - 2 ** 30
      }
      const qweight = Array.from({ length: 2 * 8 }, random)
      const gIdx = Array.from({ length: 16 }, (_, at) => at % 2)
      const scales = Array.from({ length: 16 }, (_, at) => (at + 1) / 4)
      // The scales as f16: (at + 1) / 4 is exact there; made by hand from the bits of f32.
      const half = Uint16Array.from(scales, (value) => {
        const bits = new DataView(new Float32Array([value]).buffer).getUint32(0, true)
        return (((bits >>> 23) - 112) << 10) | ((bits >>> 13) & 1023)
      })
      const parts = [
        stored('q.qweight', 'i32', [2, 8], words(...qweight)),
        stored('q.qzeros', 'i32', [2, 1], words(0x7777_7777, 0x0123_4567)),
        stored('q.scales', 'f16', [2, 8], new Uint8Array(half.buffer)),
        stored('q.g_idx', 'i32', [16], words(...gIdx)),
      ]
      const { tensors, skipped } = await settle(parts, { checkpoint_format: zeroStep === 1 ? 'gptq' : 'gptq_v2' })
      expect(tensors.map(({ name, dtype, shape, outAxis }) => [name, dtype, shape, outAxis])).toEqual([
        ['q.qweight', 'I32', [16, 8], 1],
      ])
      expect(skipped.map(({ name }) => name)).toEqual(['q.qzeros', 'q.scales', 'q.g_idx'])
      const whole = dequantizeGptq({
        qweight: Int32Array.from(qweight),
        qzeros: Int32Array.of(0x7777_7777, 0x0123_4567),
        scales: Float32Array.from(scales),
        gIdx: Int32Array.from(gIdx),
        inputs: 16,
        outputs: 8,
        zeroStep,
      })
      expect(await valuesOf(tensors[0]!, step)).toEqual([...whole])
    },
  )

  it('leaves uncertain weights out with the reason, and ordinary tensors alone', async () => {
    const plain = [entry('fc.weight', 'f32', 8, 8)]
    expect(await settle(plain)).toEqual({ tensors: plain, skipped: [], warnings: [] })
    const awq = [entry('a.qweight', 'i32', 256, 8), entry('a.qzeros', 'i32', 2, 8), entry('a.scales', 'f16', 2, 64)]
    const { tensors, skipped } = await settle([...plain, ...awq])
    expect(tensors).toEqual(plain)
    expect(skipped.map(({ name, why }) => [name, why])).toEqual([
      [
        'a.qweight',
        'AWQ packs its columns in an order that depends on the kernel it was made for; to have it measured, load the model with the library that made it and save it dequantized.',
      ],
      ['a.qzeros', "It is part of the quantized weight 'a.qweight'."],
      ['a.scales', "It is part of the quantized weight 'a.qweight'."],
    ])
  })

  it('refuses a group that has no scales when it is read', async () => {
    const parts = [
      stored('q.qweight', 'i32', [1, 8], words(0, 0, 0, 0, 0, 0, 0, 0)),
      stored('q.qzeros', 'i32', [1, 1], words(0x7777_7777)),
      stored('q.scales', 'f32', [1, 8], floats(1, 1, 1, 1, 1, 1, 1, 1)),
      stored('q.g_idx', 'i32', [8], words(0, 0, 0, 7, 0, 0, 0, 0)),
    ]
    const [weight] = (await settle(parts)).tensors
    await expect(valuesOf(weight!, 64)).rejects.toThrow(
      'g_idx of a GPTQ weight puts input 3 into group 7, but there are 1 groups.',
    )
  })

  describe('the form of GPTQ zero points', () => {
    const parts = (...zeros: number[]): TensorEntry[] => [
      stored('q.qweight', 'i32', [1, 8], words(...Array<number>(8).fill(0x7654_3210))),
      stored('q.qzeros', 'i32', [zeros.length, 1], words(...zeros)),
      stored('q.scales', 'f32', [zeros.length, 8], floats(...Array<number>(8 * zeros.length).fill(1))),
      stored('q.g_idx', 'i32', [8], words(0, 0, 0, 0, 0, 0, 0, 0)),
    ]
    const sevens = 0x7777_7777
    const eights = 0x8888_8888 | 0
    const perRow = 8
    /** The first output's eight values: codes 0 to 7 less the zero point. */
    const firstColumn = async (zeros: number[], metadata?: Metadata): Promise<number[] | string> => {
      const { tensors, skipped } = await settle(parts(...zeros), metadata)
      if (tensors.length === 0) return skipped[0]!.why
      return (await valuesOf(tensors[0]!, 64)).filter((_, at) => at % perRow === 0)
    }
    const around8 = [-8, -7, -6, -5, -4, -3, -2, -1]

    it('is told by symmetric ones: the zero is 8, stored as 7 or as 8', async () => {
      expect(await firstColumn([sevens, sevens])).toEqual(around8)
      expect(await firstColumn([eights, eights])).toEqual(around8)
    })

    it('stays open for all others, so nothing is measured', async () => {
      const why =
        "GPTQ files store their zero points either less one or as they are (gptq_v2). These zero points are not symmetric and the file's metadata does not settle it, so every value could be off by one step; to have it measured, load the model with the library that made it and save it dequantized."
      for (const zeros of [[sevens, eights], [0x7777_7778], [0x7777_7767], [0], [-1]]) {
        expect(await firstColumn(zeros)).toBe(why)
      }
    })

    it('is taken from the metadata, plain or as JSON, unless the zero points contradict', async () => {
      const asymmetric = [0x2222_2222]
      const less3 = [-3, -2, -1, 0, 1, 2, 3, 4]
      expect(await firstColumn(asymmetric, { checkpoint_format: 'gptq' })).toEqual(less3)
      expect(await firstColumn(asymmetric, { quantize_config: '{"bits":4,"checkpoint_format":"gptq"}' })).toEqual(less3)
      expect(await firstColumn(asymmetric, { quantization_config: { checkpoint_format: 'gptq_v2' } })).toEqual(
        less3.map((value) => value + 1),
      )
      expect(await firstColumn([eights], { checkpoint_format: 'gptq_v2' })).toEqual(around8)
      expect(await firstColumn([eights], { checkpoint_format: 'gptq' })).toMatch(/^GPTQ files store/)
      for (const quantize_config of ['{"checkpoint_format":', '[]', 'null', '{"checkpoint_format":"marlin"}']) {
        expect(await firstColumn(asymmetric, { quantize_config })).toMatch(/^GPTQ files store/)
      }
    })

    it('is said in a warning, with the number of weights', async () => {
      const more = parts(sevens).map((one) => ({ ...one, name: one.name.replace('q.', 'r.') }))
      const { warnings } = await settle([...parts(sevens), ...more])
      expect(warnings).toEqual([
        "2 quantized weights (the first is 'q.qweight') measured as the values they stand for. GPTQ with 4 bits: (code - zero point) * scale of its group, zero points stored less one.",
      ])
    })

    it('reads the zero points of a file, and no more than 64 KiB of them', async () => {
      let read = 0
      const source = new BytesSource('zeros', new Uint8Array(1 << 20).fill(0x77))
      const counting = Object.assign(Object.create(source) as BytesSource, {
        readInto(offset: number, target: Uint8Array) {
          read += target.length
          return source.readInto(offset, target)
        },
      })
      const { tensors } = await settleQuantized({
        tensors: [
          entry('q.qweight', 'i32', 256, 16_384),
          {
            ...entry('q.qzeros', 'i32', 128, 2048),
            data: {
              ...entry('q.qzeros', 'i32', 128, 2048).data,
              storage: { kind: 'range', source: 0, offset: 0, length: 1 << 20 },
            },
          },
          entry('q.scales', 'f16', 128, 16_384),
          entry('q.g_idx', 'i32', 2048),
        ],
        metadata: {},
        sources: [counting],
        skipped: [],
        warnings: [],
      })
      expect(tensors[0]!.shape).toEqual([2048, 16_384])
      expect(read).toBe(64 * 1024)
    })
  })

  it('leaves a weight out whose parts are views or big-endian', async () => {
    const weight = stored('f.weight', 'f8_e4m3fn', [1, 1], Uint8Array.of(0x38))
    const scale = stored('f.weight_scale', 'f32', [1], floats(2))
    const { tensors, skipped } = await settle([weight, { ...scale, data: { ...scale.data, bigEndian: true } }])
    expect(tensors).toEqual([])
    expect(skipped[0]!.why).toBe(
      'A part of this quantized weight is a view or in big-endian order, which is not read here; to have it measured, load the model with the library that made it and save it dequantized.',
    )
  })

  it('is what opening a file does', async () => {
    const header = JSON.stringify({
      'f.weight': { dtype: 'F8_E4M3', shape: [2, 2], data_offsets: [0, 4] },
      'f.weight_scale': { dtype: 'F32', shape: [2, 1], data_offsets: [4, 12] },
    }).padEnd(176)
    const head = new Uint8Array(8)
    new DataView(head.buffer).setBigUint64(0, 176n, true)
    const content = [...head, ...new TextEncoder().encode(header), 0x38, 0xc0, 0x38, 0xb8, ...floats(2, 100)]
    const checkpoint = await openSource(new BytesSource('fp8.safetensors', Uint8Array.from(content)))
    const [weight] = checkpoint.tensors
    expect([weight!.name, weight!.dtype, weight!.data.type]).toEqual(['f.weight', 'F8_E4M3', 'f32'])
    const reader = readTensor(weight!.data, checkpoint.sources)
    const target = new Uint8Array(16)
    await reader.next(target)
    expect([...new Float32Array(target.buffer)]).toEqual([2, -4, 100, -100])
    expect(checkpoint.skipped.map(({ name }) => name)).toEqual(['f.weight_scale'])
  })
})
