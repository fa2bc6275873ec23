/** Tensors written and read again: by this package, by NumPy's rules, whole or not at all. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlobReader, BlobWriter, ZipReader } from '@zip.js/zip.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encode, load, open, save, type WriteFormat } from '../../src/checkpoint/index.node.js'
import { arange, memory, StateDict, scope, type Tensor, tensor, zeros } from '../../src/tensor/index.node.js'
import { hasShared, sharedPath } from '../shared.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-save-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** One tensor of each type, among them empty ones, a scalar, a view, and names that are traps. */
const samples = (): Map<string, Tensor> =>
  new Map<string, Tensor>([
    ['flag', tensor([true, false, true])],
    ['layer.weight', tensor([[1, 2, 3], [4, 5, 6]]).transpose()], // biome-ignore format: a matrix
    ['double', tensor([Math.PI, -0, Number.NaN, Number.POSITIVE_INFINITY], { dtype: 'f64' })],
    ['whole', tensor([[-(2 ** 31)], [2 ** 31 - 1]], { dtype: 'i32' })],
    ['scalar', tensor(1.5)],
    ['empty', zeros([0, 3])],
    ['__proto__', tensor([7])],
    ['ünï/cödé \u{1f600}', arange(5)],
  ])

describe('save and load', () => {
  it.each(['safetensors', 'npz'] as const)('%s: the same names, shapes, types and bits', async (format) => {
    const [path, made] = [join(folder, `all.${format}`), samples()]
    await save(path, made)
    const back = await load(path)
    expect([...back.keys()].sort()).toEqual([...made.keys()].sort())
    for (const [name, x] of made) {
      const y = back.get(name)!
      expect([name, y.dtype, y.shape]).toEqual([name, x.dtype, x.shape])
      expect(y.toArray()).toEqual(x.toArray())
    }
    back.dispose()
  })

  it('npy: one tensor', async () => {
    const path = join(folder, 'one.npy')
    const x = arange(6).reshape([2, 3]).transpose()
    await save(path, x)
    const [y] = [...(await load(path)).values()]
    expect(y!.toNested()).toEqual([[0, 3], [1, 4], [2, 5]]) // biome-ignore format: a matrix
    expect(y!.dtype).toBe('i32')
  })

  it('keep safetensors metadata, and align every element', async () => {
    const path = join(folder, 'meta.safetensors')
    const dict = new StateDict([...samples()])
    dict.metadata['from'] = 'a test'
    await save(path, dict, { metadata: { more: 'yes' } })
    const checkpoint = await open(path)
    expect(checkpoint.metadata).toMatchObject({ from: 'a test', more: 'yes' })
    const widths: Record<string, number> = { F64: 8, F32: 4, I32: 4, BOOL: 1 }
    for (const { dtype, data } of checkpoint.tensors) {
      const start = (data.storage as { offset: number }).offset + data.offset
      expect(start % widths[dtype]!).toBe(0)
    }
    await checkpoint.close()
    expect((await load(path)).metadata['from']).toBe('a test')
  })

  it('leave nothing behind but what they return', async () => {
    const path = join(folder, 'left.safetensors')
    const made = samples()
    const before = memory()
    await save(path, made)
    expect(memory()).toEqual(before)
    ;(await load(path)).dispose()
    expect(memory()).toEqual(before)
  })

  it('write equal tensors to equal bytes, in memory as on disk', async () => {
    const made = samples()
    for (const format of ['safetensors', 'npz'] as WriteFormat[]) {
      const path = join(folder, `equal.${format}`)
      await save(path, made)
      expect(Buffer.from(await encode(made, format)).equals(readFileSync(path))).toBe(true)
    }
  })

  it('read only what is asked for, in the type asked for', async () => {
    const path = join(folder, 'some.safetensors')
    await save(path, samples())
    const some = await load(path, { filter: (name) => name === 'double', dtype: 'f32' })
    expect([...some.keys()]).toEqual(['double'])
    expect(some.get('double')!.toArray()).toEqual(Float32Array.of(Math.PI, -0, Number.NaN, Number.POSITIVE_INFINITY))
  })
})

describe('other readers', () => {
  it('zip.js reads an npz, checksums included', async () => {
    const bytes = await encode(samples(), 'npz')
    const reader = new ZipReader(new BlobReader(new Blob([bytes])), { checkSignature: true })
    const entries = await reader.getEntries()
    expect(entries.map(({ filename }) => filename)).toContain('__proto__.npy')
    for (const entry of entries) if (!entry.directory) await entry.getData(new BlobWriter())
    await reader.close()
  })

  it('NumPy reads npy and npz', ({ skip }) => {
    try {
      execFileSync('/usr/bin/python3', ['-c', 'import numpy'], { stdio: 'ignore' })
    } catch {
      skip('python3-numpy is not installed')
    }
    const program = [
      'import numpy, sys',
      `a = numpy.load(${JSON.stringify(join(folder, 'all.npz'))})`,
      'print(a["layer.weight"].tolist(), a["layer.weight"].dtype, a["flag"].tolist(), a["scalar"].shape, a["empty"].shape)',
      `print(numpy.load(${JSON.stringify(join(folder, 'one.npy'))}).tolist())`,
    ].join('\n')
    expect(execFileSync('/usr/bin/python3', ['-c', program], { encoding: 'utf8' })).toBe(
      '[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]] float32 [True, False, True] () (0, 3)\n[[0, 3], [1, 4], [2, 5]]\n',
    )
  })
})

describe.skipIf(!hasShared)('real checkpoints', () => {
  it('the same weights load alike from safetensors, npz and a PyTorch file, at the same time', async () => {
    const files = ['digits-step0800.safetensors', 'digits-step0800.npz', 'digits-step0800.pt']
    const found = files.filter((file) => existsSync(sharedPath('data/checkpoints', file)))
    expect(found.length).toBeGreaterThan(1)
    const all = await Promise.all(
      found.map((file) =>
        scope(async () => {
          const dict = await load(sharedPath('data/checkpoints', file))
          return new Map([...dict].map(([name, x]) => [name, x.toNested()]))
        }),
      ),
    )
    const [first, ...others] = all
    expect(first!.size).toBeGreaterThan(3)
    for (const other of others) {
      const shared = [...other.keys()].filter((name) => first!.has(name))
      expect(shared.length).toBeGreaterThan(3)
      for (const name of shared) expect(other.get(name)).toEqual(first!.get(name))
    }
  })
})

describe('errors', () => {
  it('say what the format cannot hold', async () => {
    const x = tensor([1])
    const fail = (path: string, values: Parameters<typeof save>[1]): Promise<void> => save(join(folder, path), values)
    await expect(fail('x.npy', { x })).rejects.toThrow(
      'save: npy holds one tensor without a name; got several. Try .npz or .safetensors.',
    )
    await expect(fail('x.npz', x)).rejects.toThrow(
      'save: npz holds tensors by name; got one tensor. Try save(path, { name: tensor }), or .npy.',
    )
    await expect(save('x.safetensor', x)).rejects.toThrow(
      "save: 'x.safetensor' does not end in .safetensors, .npz or .npy, which can be written. Try .safetensors.",
    )
    await expect(fail('x.safetensors', { __metadata__: x })).rejects.toThrow("cannot be called '__metadata__'")
    await expect(fail('x.npz', { x: 3 as unknown as Tensor })).rejects.toThrow(
      "save: 'x' is number; expected a tensor.",
    )
    await expect(fail('no/such/x.npz', { x })).rejects.toMatchObject({ code: 'cannot-write', exitCode: 4 })
  })

  it('leave what was there, and no half file', async () => {
    const path = join(folder, 'keep.npz')
    writeFileSync(path, 'old')
    const gone = tensor([1])
    gone.dispose()
    await expect(save(path, { gone })).rejects.toThrow('was freed')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})
