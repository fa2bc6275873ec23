/** Every PyTorch and NumPy checkpoint of the shared data against its reference: names, types, shapes, views, sharing, norms. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Checkpoint,
  FileSource,
  open,
  openSource,
  readTensor,
  type TensorEntry,
} from '../../src/checkpoint/index.node.js'
import { storageInfo } from '../../src/core/index.js'
import { createKernels, type Kernels, measures } from '../../src/kernels/index.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'

interface Reference {
  tensors: {
    name: string
    dtype: string
    shape: number[]
    count: number
    stride?: number[]
    storage_key?: string
    storage_offset?: number
    zeros: number
    nan: number
    l1: number | null
    l2: number | null
    linf: number | null
  }[]
}

const files = [
  'digits-step0800-train.pt',
  'digits-step0800-halves-views.pt',
  'digits-step0800-legacy.pt',
  'digits-step0800.npz',
  'digits-step0800-compressed-f16.npz',
  'mtcnn-pnet.pt',
  'mtcnn-rnet.pt',
  'silero_vad_v6.2.1.jit',
  'ultralight-RFB-320.pth',
  'ultralight-RFB-320-masked_face-v2.pth',
]

let kernels: Kernels
beforeAll(async () => {
  kernels = createKernels()
})

/** The figures of one tensor, in pieces that do not divide it. */
async function measure({ data, count }: TensorEntry, { sources }: Checkpoint) {
  const { unitBytes } = storageInfo(data.type)
  const chunk = 5000 * unitBytes
  const pointer = kernels.alloc(chunk)
  const pass = measures(kernels).statistics(data.type)
  const reader = readTensor(data, sources)
  try {
    for (let done = 0; done < count; ) {
      const got = await reader.next(kernels.u8(pointer, chunk))
      pass.update(pointer, got / unitBytes)
      done += got / unitBytes
    }
    return pass.finish()
  } finally {
    reader.close()
    pass.dispose()
    kernels.free(pointer)
  }
}

describe.skipIf(!hasShared).each(files)('%s', (file) => {
  let checkpoint: Checkpoint
  let reference: Reference
  beforeAll(async () => {
    checkpoint = await open(sharedPath('data', 'checkpoints', file))
    reference = sharedJson<Reference>('data', 'reference', `${file}.json`)
  })
  afterAll(() => checkpoint.close())

  it('has the tensors of the reference, in its order', () => {
    const facts = ({
      name,
      dtype,
      shape,
      count,
    }: {
      name: string
      dtype: string
      shape: readonly number[]
      count: number
    }) => ({ name, dtype, shape, count })
    expect(checkpoint.tensors.map(facts)).toEqual(reference.tensors.map(facts))
    expect(checkpoint.warnings).toEqual([])
    expect(checkpoint.format).toBe(file.endsWith('.npz') ? 'npz' : 'torch')
  })

  it('has its views and its sharing', () => {
    const firsts = new Map<string, string>()
    for (const [index, { data, sharesWith, count, name }] of checkpoint.tensors.entries()) {
      const wanted = reference.tensors[index]!
      if (wanted.stride === undefined || count === 0) continue
      const used = (strides: readonly number[]) => strides.filter((_, axis) => data.shape[axis] !== 1)
      if (data.strides) expect(used(data.strides), name).toEqual(used(wanted.stride))
      const first = firsts.get(wanted.storage_key!)
      expect(sharesWith, name).toBe(first ?? null)
      if (first === undefined) firsts.set(wanted.storage_key!, name)
    }
  })

  it('has its norms and counts', async () => {
    for (const [index, entry] of checkpoint.tensors.entries()) {
      const wanted = reference.tensors[index]!
      const got = await measure(entry, checkpoint)
      expect([got.zeros, got.nan], entry.name).toEqual([wanted.zeros, wanted.nan])
      for (const key of ['l1', 'l2', 'linf'] as const) {
        const value = wanted[key] ?? 0
        expect(Math.abs(got[key] - value), `${key} of ${entry.name}`).toBeLessThanOrEqual(1e-12 * value)
      }
    }
  })
})

describe.skipIf(!hasShared)('groups', () => {
  it('keeps the optimizer apart: three tensors of state for each of fourteen parameters', async () => {
    const checkpoint = await open(sharedPath('data', 'checkpoints', 'digits-step0800-train.pt'))
    const optimizer = checkpoint.tensors.filter(({ group }) => group === 'optimizer')
    expect(optimizer).toHaveLength(42)
    expect(optimizer.every(({ name }) => name.startsWith('optimizer.state.'))).toBe(true)
    expect(checkpoint.metadata).toMatchObject({
      step: 800,
      'config.name': 'digits',
      'optimizer.param_groups.0.lr': 0.002,
    })
    await checkpoint.close()
  })
})

describe.skipIf(!hasShared)('asynchronous sources', () => {
  it.each(['digits-step0800-halves-views.pt', 'digits-step0800-legacy.pt', 'digits-step0800-compressed-f16.npz'])(
    '%s reads the same as a File',
    async (name) => {
      const path = sharedPath('data', 'checkpoints', name)
      const onDisk = await open(path)
      const asFile = await openSource(new FileSource(new File([readFileSync(path)], name)))
      expect(asFile.tensors.map((one) => one.name)).toEqual(onDisk.tensors.map((one) => one.name))
      for (const [index, entry] of asFile.tensors.entries()) {
        expect(await measure(entry, asFile), entry.name).toEqual(await measure(onDisk.tensors[index]!, onDisk))
      }
      await onDisk.close()
      await asFile.close()
    },
  )
})
