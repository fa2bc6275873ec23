/** A real GGUF file of many types against its reference, by two kinds of source; and hand-made files with each word and byte changed. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BytesSource, FileSource } from '../../src/archive/source.js'
import { openSource } from '../../src/checkpoint/open.js'
import { readTensor } from '../../src/checkpoint/read.js'
import type { Checkpoint, Source } from '../../src/checkpoint/types.js'
import { FormatError } from '../../src/core/index.js'
import { createKernels, type Kernels, measures, type Statistics } from '../../src/kernels/index.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { array, floats, ggufBytes, string, u16, u32 } from './ggufBytes.js'

interface Reference {
  readonly bytes: number
  readonly tensors: readonly {
    readonly name: string
    readonly dtype: string
    readonly shape: readonly number[]
    readonly count: number
    readonly zeros: number
    readonly nan: number
    readonly inf: number
    readonly l1: number
    readonly l2: number
    readonly linf: number
    readonly min: number
    readonly max: number
  }[]
}

async function measure({ tensors, sources }: Checkpoint, index: number, kernels: Kernels): Promise<Statistics> {
  const { data, count } = tensors[index]!
  const reader = readTensor(data, sources)
  const pointer = kernels.alloc(reader.byteLength)
  const pass = measures(kernels).statistics(data.type)
  try {
    expect(await reader.next(kernels.u8(pointer, reader.byteLength))).toBe(reader.byteLength)
    pass.update(pointer, count)
    return pass.finish()
  } finally {
    pass.dispose()
    kernels.free(pointer)
    reader.close()
  }
}

describe.skipIf(!hasShared)('lab-alltypes.gguf', () => {
  const file = 'lab-alltypes.gguf'
  const sources: [string, (bytes: Uint8Array<ArrayBuffer>) => Source][] = [
    ['memory', (bytes) => new BytesSource(file, bytes)],
    ['a File', (bytes) => new FileSource(new File([bytes], file))],
  ]
  it.each(sources)('from %s: names, words, shapes and figures of the reference', async (_what, sourceOf) => {
    const reference = sharedJson<Reference>('data', 'reference', `${file}.json`)
    const checkpoint = await openSource(sourceOf(new Uint8Array(readFileSync(sharedPath('data', 'checkpoints', file)))))
    const kernels = createKernels()
    expect(checkpoint.bytes).toBe(reference.bytes)
    expect(checkpoint.skipped).toEqual([])
    expect(checkpoint.warnings).toEqual([])
    const found = checkpoint.tensors.map(({ name, dtype, shape, count }) => ({ name, dtype, shape, count }))
    expect(found).toEqual(reference.tensors.map(({ name, dtype, shape, count }) => ({ name, dtype, shape, count })))
    for (const [index, expected] of reference.tensors.entries()) {
      const figures = await measure(checkpoint, index, kernels)
      for (const key of ['zeros', 'nan', 'linf', 'min', 'max'] as const)
        expect(figures[key], `${expected.name} ${key}`).toBe(expected[key])
      for (const key of ['l1', 'l2'] as const)
        expect(Math.abs(figures[key] / expected[key] - 1), `${expected.name} ${key}`).toBeLessThan(1e-12)
    }
    await checkpoint.close()
  })
})

/** Small files that use every part of the header. */
const originals: [string, Uint8Array][] = [
  [
    'two matrices',
    ggufBytes({
      metadata: [['general.alignment', u32(32)]],
      tensors: [
        { name: 'a', dims: [3, 2], type: 0, offset: 0 },
        { name: 'b', dims: [32], type: 2, offset: 32 },
      ],
      data: new Uint8Array(50).fill(60),
    }),
  ],
  [
    'arrays',
    ggufBytes({
      metadata: [
        ['s', array('string', [string('one'), string('two')])],
        ['n', array('array', [array('u8', []), array('string', [string('x')])])],
        ['split.count', u16(2)],
        ['split.no', u16(1)],
      ],
      tensors: [{ name: 'w', dims: [2], type: 0, offset: 0 }],
      data: floats([1, 2]),
    }),
  ],
  [
    'big-endian',
    ggufBytes({
      bigEndian: true,
      metadata: [['k', string('v')]],
      tensors: [{ name: 'w', dims: [2], type: 0, offset: 0 }],
      data: floats([1, 2], true),
    }),
  ],
]

function* mutants(original: Uint8Array): Generator<[string, Uint8Array]> {
  for (let at = 0; at < original.length; at++) {
    yield [`byte ${at} removed`, Uint8Array.from([...original.subarray(0, at), ...original.subarray(at + 1)])]
    yield [`byte ${at} doubled`, Uint8Array.from([...original.subarray(0, at + 1), ...original.subarray(at)])]
    for (const bits of [1, 0x80, 0xff]) {
      const flipped = original.slice()
      flipped[at]! ^= bits
      yield [`byte ${at} ^ ${bits}`, flipped]
    }
  }
  for (const word of [4, 8]) {
    for (const value of [0n, 2n ** 64n - 1n, 2n ** 31n, 2n ** 63n, BigInt(original.length)]) {
      for (let at = 0; at + word <= original.length; at += word) {
        const made = original.slice()
        const bytes = new Uint8Array(8)
        new DataView(bytes.buffer).setBigUint64(0, value, true)
        made.set(bytes.subarray(0, word), at)
        yield [`${word} bytes at ${at} are ${value}`, made]
      }
    }
  }
}

describe('every mutant is refused with one sentence, or all its tensors can be read', () => {
  it.each(originals)('%s', async (_what, original) => {
    let opened = 0
    let refused = 0
    for (const [what, mutant] of mutants(original)) {
      try {
        const checkpoint = await openSource(new BytesSource('model.gguf', mutant))
        opened++
        for (const { data, shape } of checkpoint.tensors) {
          const reader = readTensor(data, checkpoint.sources)
          expect(reader.byteLength, what).toBeLessThanOrEqual(mutant.length)
          expect(shape.length, what).toBeLessThanOrEqual(4)
          const bytes = new Uint8Array(reader.byteLength)
          expect(await reader.next(bytes), what).toBe(bytes.length)
        }
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`${what}: ${String(error)}`, { cause: error })
        expect(error.message, what).toMatch(/^[^\n]{20,600}\.$/)
        refused++
      }
    }
    expect(opened).toBeGreaterThan(50)
    expect(refused).toBeGreaterThan(200)
  })
})
