/** The ONNX reader on whole files: real models against their reference figures, the corpus of odd and hostile files, and mutants of the good ones. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { onnxReader } from '../../src/checkpoint/onnx/reader.js'
import type { Folder, ReaderResult, TensorEntry } from '../../src/checkpoint/types.js'
import { FormatError, storageBytes } from '../../src/core/index.js'
import { type BadCase, badCases, describeBadFiles, describeMutations } from '../badfiles.js'
import { hasShared, isLong, sharedJson, sharedPath } from '../shared.js'
import { sourceOf } from './onnxBytes.js'

function folderAt(path: string): Folder {
  return {
    name: path,
    async open(name) {
      const file = join(path, name)
      return existsSync(file) ? sourceOf(new Uint8Array(readFileSync(file)), file) : null
    },
    list: async () => readdirSync(path),
  }
}

const openBytes = (content: Uint8Array, path: string): Promise<ReaderResult> =>
  onnxReader.open(sourceOf(content, path), { folder: folderAt(dirname(path)), signal: undefined })

/** L1 and L2 of the finite elements, of the types that the real models hold. */
async function normsOf(entry: TensorEntry, { sources }: ReaderResult): Promise<{ l1: number; l2: number }> {
  const { storage, type } = entry.data
  const content =
    storage.kind === 'bytes'
      ? storage.bytes
      : storage.kind === 'range'
        ? await sources[storage.source]!.read(storage.offset, storage.length)
        : new Uint8Array(0)
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const read: Record<string, (at: number) => number> = {
    f32: (at) => view.getFloat32(at * 4, true),
    i32: (at) => view.getInt32(at * 4, true),
    i64: (at) => Number(view.getBigInt64(at * 8, true)),
  }
  let l1 = 0
  let squares = 0
  for (let at = 0; at < entry.count; at++) {
    const value = read[type]!(at)
    if (!Number.isFinite(value)) continue
    l1 += Math.abs(value)
    squares += value * value
  }
  return { l1, l2: Math.sqrt(squares) }
}

interface Reference {
  tensors: { name: string; dtype: string; shape: number[]; l1: number | null; l2: number | null }[]
}

const models = [
  'digits-step0800',
  'silero_vad_v6.2.1',
  'silero_vad_v6.2.1_16k_op15',
  'magika-standard_v3_0',
  'magika-standard_v3_1',
  'ultralight-RFB-320',
]

describe.skipIf(!hasShared)('real models', () => {
  it.each(models)('%s: names, types, shapes, order and norms are those of the reference', async (name) => {
    const path = sharedPath('data', 'checkpoints', `${name}.onnx`)
    const content = new Uint8Array(readFileSync(path))
    const { tensors: expected } = sharedJson<Reference>('data', 'reference', `${name}.onnx.json`)
    expect(onnxReader.matches(content.subarray(0, 65_536), content.length)).toBe(true)
    const result = await openBytes(content, path)
    const facts = (one: { name: string; dtype: string; shape: readonly number[] }): unknown[] => [
      one.name,
      one.dtype,
      [...one.shape],
    ]
    expect(result.tensors.map(facts)).toEqual(expected.map(facts))
    expect([result.skipped, result.warnings]).toEqual([[], []])
    for (const [index, entry] of result.tensors.entries()) {
      const { l1, l2 } = expected[index]!
      const norms = await normsOf(entry, result)
      for (const [key, value] of [['l1', l1] as const, ['l2', l2] as const]) {
        if (value === null) continue
        expect(Math.abs(norms[key] - value), `${entry.name} ${key}`).toBeLessThanOrEqual(1e-12 * value)
      }
    }
  })

  it.each([
    ['digits-step0800', ['conv 0 1', 'conv 0 32', 'convTranspose 1 1', 'linear 0 ']],
    ['ultralight-RFB-320', ['conv 0 1', 'conv 0 128', 'conv 0 16', 'conv 0 256', 'conv 0 32', 'conv 0 64']],
    ['silero_vad_v6.2.1_16k_op15', ['conv 0 1', 'recurrent 0 ']],
    ['silero_vad_v6.2.1', ['conv 0 1', 'recurrent 0 ']],
    ['magika-standard_v3_0', ['conv 0 1', 'linear 1 ']],
  ])('%s: the graph tells what its weights are for', async (name, expected) => {
    const path = sharedPath('data', 'checkpoints', `${name}.onnx`)
    const { tensors } = await openBytes(new Uint8Array(readFileSync(path)), path)
    const weights = tensors.filter(({ outAxis }) => outAxis !== null)
    const seen = new Set(weights.map(({ kind, outAxis, groups }) => `${kind} ${outAxis} ${groups ?? ''}`))
    expect([...seen].sort()).toEqual(expected)
  })
})

const onnxCases = badCases('onnx').filter(({ file }) => file !== undefined)
const contentOf = ({ file }: BadCase): Uint8Array => new Uint8Array(readFileSync(sharedPath('badfiles', file!)))
const pathOf = ({ file }: BadCase): string => sharedPath('badfiles', file!)

describeBadFiles('onnx')
describeMutations('onnx', { borders: true })

/** What must hold of anything that opens: each tensor's bytes are there, and are as many as its shape needs. */
function checkConsistent({ tensors, sources }: ReaderResult): void {
  const names = new Set<string>()
  for (const { name, count, data } of tensors) {
    expect(names.has(name)).toBe(false)
    names.add(name)
    const { storage } = data
    const length = storage.kind === 'range' ? storage.length : storage.kind === 'bytes' ? storage.bytes.length : -1
    expect(length).toBe(storageBytes(data.type, count))
    if (storage.kind === 'range') {
      expect(storage.offset).toBeGreaterThanOrEqual(0)
      expect(storage.offset + storage.length).toBeLessThanOrEqual(sources[storage.source]!.size)
    }
  }
}

/** Opens a mutant: true when it gives a consistent reading, false when it is refused; anything else throws. */
async function tryMutant(content: Uint8Array, path: string): Promise<boolean> {
  onnxReader.matches(content, content.length)
  const result = await openBytes(content, path).catch((error: unknown) => {
    if (error instanceof FormatError) return null
    throw error
  })
  if (result) checkConsistent(result)
  return result !== null
}

/** Lengths at which a top-level field of a well-formed protobuf ends. */
function fieldBorders(content: Uint8Array): Set<number> {
  const borders = new Set<number>([0])
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = content[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  const open: number[] = []
  while (at < content.length) {
    const tag = varint()
    const wire = tag & 7
    if (wire === 0) varint()
    else if (wire === 2) {
      const length = varint()
      at += length
    } else if (wire === 3) open.push(tag >>> 3)
    else if (wire === 4) open.pop()
    else at += wire === 1 ? 8 : 4
    if (open.length === 0) borders.add(at)
  }
  return borders
}

describe.skipIf(!hasShared)('mutants of accepted files', () => {
  const accepted = onnxCases.filter((one) => one.expect !== 'reject' && contentOf(one).length <= 4096)
  // The sample is a stride that shares no factor with the lengths that repeat; the long run takes all.
  const stride = isLong ? 1 : 11

  it('cut anywhere: refused, unless the cut falls on the border of a top-level field', async () => {
    for (const one of accepted) {
      const content = contentOf(one)
      const borders = fieldBorders(content)
      for (let length = 0; length < content.length; length++) {
        const opened = await tryMutant(content.slice(0, length), pathOf(one))
        if (opened) expect(borders.has(length), `${one.id} cut to ${length}`).toBe(true)
      }
    }
  })

  it('with a byte flipped, removed or doubled: a consistent reading or one clean error', async () => {
    let step = 0
    for (const one of accepted) {
      const content = contentOf(one)
      for (let at = 0; at < content.length; at++) {
        for (const flip of [0x01, 0x80, 0xff]) {
          if (step++ % stride !== 0) continue
          const mutant = content.slice()
          mutant[at]! ^= flip
          await tryMutant(mutant, pathOf(one))
        }
        if (step++ % stride === 0) {
          await tryMutant(Uint8Array.from([...content.subarray(0, at), ...content.subarray(at + 1)]), pathOf(one))
          await tryMutant(Uint8Array.from([...content.subarray(0, at + 1), ...content.subarray(at)]), pathOf(one))
        }
      }
    }
  })

  it('with words replaced by 0, ones, 2^31, 2^63 and the size: the same', async () => {
    let step = 0
    for (const one of accepted) {
      const content = contentOf(one)
      for (const width of [4, 8]) {
        for (let at = 0; at + width <= content.length; at += width) {
          for (const value of [0n, 2n ** 64n - 1n, 2n ** 31n, 2n ** 63n, BigInt(content.length)]) {
            if (step++ % stride !== 0) continue
            const mutant = content.slice()
            const word = new Uint8Array(new BigUint64Array([BigInt.asUintN(8 * width, value)]).buffer)
            mutant.set(word.subarray(0, width), at)
            await tryMutant(mutant, pathOf(one))
          }
        }
      }
    }
  })

  it('with a byte of the data flipped: everything but that byte stays', async () => {
    const one = accepted.find(({ id }) => id === 'onnx/valid-raw')!
    const content = contentOf(one)
    const before = await openBytes(content, pathOf(one))
    const { storage } = before.tensors[0]!.data
    if (storage.kind !== 'range') throw new Error('raw data is a range')
    for (let at = storage.offset; at < storage.offset + storage.length; at++) {
      const mutant = content.slice()
      mutant[at]! ^= 0xff
      expect((await openBytes(mutant, pathOf(one))).tensors).toEqual(before.tensors)
    }
  })
})
