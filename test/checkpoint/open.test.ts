/** `open` on Node: what a path, a folder, an address, a `File` or bytes may be, and what is listed of a folder. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as browser from '../../src/checkpoint/index.js'
import {
  BytesSource,
  type Input,
  listCheckpoints,
  listInputs,
  open,
  openSource,
} from '../../src/checkpoint/index.node.js'
import { hasShared, sharedPath } from '../shared.js'
import { f32, safetensors } from './build.js'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'normball-open-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const model = safetensors([{ name: 'w', shape: [2], bytes: f32(1, 2) }])
const named = (name: string) => safetensors([{ name, shape: [1], bytes: f32(1) }])

/** A new folder with these files. */
function folderOf(name: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content)
  return folder
}

const index = (map: Readonly<Record<string, string>>) =>
  JSON.stringify({ metadata: { total_size: 8 }, weight_map: map })
const shard = (number: number, of: number) => `model-0000${number}-of-0000${of}.safetensors`
const twoShards = {
  [shard(1, 2)]: named('a'),
  [shard(2, 2)]: named('b'),
}
const failure = async (work: Promise<unknown>) => (await work.catch((error: unknown) => error)) as Error

describe('open', () => {
  it('takes a path, a file URL, a File, a Blob, bytes, an ArrayBuffer, a Source', async () => {
    const path = join(folderOf('inputs', { 'm.safetensors': model }), 'm.safetensors')
    const inputs: readonly Input[] = [
      path,
      pathToFileURL(path),
      new File([model], 'm.safetensors'),
      new Blob([model]),
      model,
      model.slice().buffer,
      new BytesSource('m', model),
    ]
    for (const input of inputs) {
      const checkpoint = await open(input)
      expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['w'])
      expect(checkpoint.bytes).toBe(model.length)
      await checkpoint.close()
    }
  })

  it('reads a file from a web server, also in a browser', async () => {
    const server = createServer((request, response) => {
      const [, first = '0', last = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
      const end = Math.min(Number(last) + 1, model.length)
      response.writeHead(206, { 'content-range': `bytes ${first}-${end - 1}/${model.length}` })
      response.end(model.subarray(Number(first), end))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m.safetensors`
    for (const checkpoint of [await open(address), await browser.open(new URL(address))]) {
      expect(checkpoint.path).toBe(address)
      expect(checkpoint.tensors.length).toBe(1)
    }
    server.close()
  })

  it('opens the same in a browser, where a File stands alone', async () => {
    const checkpoint = await browser.open(new File([model], 'm.safetensors'))
    expect(checkpoint).toMatchObject({ path: 'm.safetensors', format: 'safetensors', warnings: [] })
    const [listed] = await browser.listInputs(new File([model], 'm.safetensors'))
    expect(listed?.name).toBe('m.safetensors')
    expect((await listed?.open(undefined))?.tensors.length).toBe(1)
    await expect(browser.open(new File([index({ a: 'x.safetensors' })], 'm.index.json'))).rejects.toThrow(
      "the shard 'x.safetensors' that the index names cannot be found from a single file; open the set from its folder.",
    )
  })

  it('opens a set from files chosen together in a browser', async () => {
    const files = Object.entries(twoShards).map(([name, bytes]) => new File([bytes], name))
    const start = new File([index({ a: shard(1, 2), b: shard(2, 2) })], 'model.safetensors.index.json')
    const checkpoint = await browser.open(start, { folder: browser.filesFolder([start, ...files]) })
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('says what is missing, wrong, or not to be opened', async () => {
    expect(await failure(open(join(root, 'missing')))).toMatchObject({ code: 'not-found', exitCode: 4 })
    expect(await failure(open(42 as unknown as Input))).toMatchObject({
      code: 'usage',
      message: 'open: expected a File, bytes, a URL or a Source, got number',
    })
    expect(await failure(open(new URL('ftp://host/x')))).toMatchObject({
      message: "open: an address must begin with http: or https:, got 'ftp:'",
    })
  })

  it('stops when it is told to', async () => {
    const path = join(folderOf('aborted', { 'm.safetensors': model }), 'm.safetensors')
    expect(await failure(open(path, { signal: AbortSignal.abort() }))).toMatchObject({ exitCode: 130 })
  })

  it('closes what it opened; a Source that does not open stays with its owner', async () => {
    let closed = 0
    class Counted extends BytesSource {
      override async close() {
        closed++
      }
    }
    await failure(openSource(new Counted('x', new Uint8Array(0))))
    expect(closed).toBe(0)
    await (await openSource(new Counted('x', model))).close()
    expect(closed).toBe(1)
  })
})

describe('a folder', () => {
  it('with one checkpoint opens it, whatever lies beside', async () => {
    const folder = folderOf('single', {
      'model.safetensors': model,
      'config.json': '{}',
      'README.md': 'text',
      'tokenizer.model': new Uint8Array([10, 1, 2]),
      '.hidden.safetensors': model,
      'training_args.bin': 'x',
      'optimizer.pt': 'x',
    })
    const checkpoint = await open(folder)
    expect(basename(checkpoint.path)).toBe('model.safetensors')
  })

  it('with an index opens the set, and counts its shards once', async () => {
    const folder = folderOf('indexed', {
      'm.safetensors.index.json': index({ a: shard(1, 2), b: shard(2, 2) }),
      ...twoShards,
    })
    expect((await listCheckpoints(folder)).map(({ path }) => basename(path))).toEqual(['m.safetensors.index.json'])
    const checkpoint = await open(folder)
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(checkpoint.sources.length).toBe(3)
    expect(checkpoint.warnings).toEqual([])
  })

  it('with shards but no index opens them as one', async () => {
    const folder = folderOf('unindexed', twoShards)
    const checkpoint = await open(folder)
    expect(basename(checkpoint.path)).toBe('model-*-of-00002.safetensors')
    expect(checkpoint.tensors.map(({ name, data }) => [name, data.storage])).toMatchObject([
      ['a', { source: 0 }],
      ['b', { source: 1 }],
    ])
    expect(checkpoint.warnings).toEqual([])
  })

  it('with a shard missing says which', async () => {
    const folder = folderOf('incomplete', { [shard(1, 3)]: named('a'), [shard(3, 3)]: named('c') })
    expect((await failure(open(folder))).message).toBe(
      `the shard '${shard(2, 3)}' that belongs to the set is missing: it was not found in the folder; download it and put it there.`,
    )
  })

  it('with one tensor in two shards says so', async () => {
    const folder = folderOf('doubled', { [shard(1, 2)]: named('a'), [shard(2, 2)]: named('a') })
    expect((await failure(open(folder))).message).toBe(
      `tensor 'a' is in both '${shard(1, 2)}' and '${shard(2, 2)}' (duplicate), and no index tells which one counts.`,
    )
  })

  it('with several checkpoints lists them, damaged ones too; open asks for one', async () => {
    const folder = folderOf('several', {
      'b.safetensors': model,
      'a.safetensors': model,
      'c.npy': 'broken',
      'm.safetensors.index.json': 'x',
    })
    const listed = await listInputs(folder)
    expect(listed.map(({ name }) => basename(name))).toEqual([
      'a.safetensors',
      'b.safetensors',
      'c.npy',
      'm.safetensors.index.json',
    ])
    expect((await listed[1]!.open(undefined)).tensors.length).toBe(1)
    await expect(listed[2]!.open(undefined)).rejects.toThrow(/npy|text/)
    expect(await failure(open(folder))).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('the folder holds 4 checkpoints; name one of them: '),
    })
  })

  it('without a model says so, or what is there instead', async () => {
    const say = async (folder: string) => (await failure(open(folder))).message
    expect(await say(folderOf('none', { 'a.txt': 'text' }))).toBe(
      'This is a folder (directory) with no model in it: it holds 1 file, and no checkpoint (safetensors, GGUF, npy, npz, PyTorch or ONNX).',
    )
    const nested = folderOf('nested', {})
    mkdirSync(join(nested, 'unet'))
    expect(await say(nested)).toContain(' Folders inside it are not searched: unet.')
    expect(await say(folderOf('tf', { 'saved_model.pb': new Uint8Array([8, 1, 0x12, 5, 1, 2]) }))).toContain(
      'SavedModel',
    )
    expect(await say(folderOf('net.mlpackage', { 'Manifest.json': '{}' }))).toContain('Core ML package')
    const hdf5 = new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
    expect(await say(folderOf('keras', { 'tf_model.h5': hdf5, 'config.json': '{}' }))).toContain('HDF5')
  })
})

describe('a shard', () => {
  it('opened by itself is measured alone, with a note', async () => {
    const folder = folderOf('alone', {
      'm.safetensors.index.json': index({ a: shard(1, 2), b: shard(2, 2) }),
      ...twoShards,
    })
    const checkpoint = await open(join(folder, shard(2, 2)))
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['b'])
    expect(checkpoint.warnings).toEqual([
      'This is shard 2 of 2, measured alone; open its folder or index for the whole model.',
    ])
  })

  it('has errors that name it', async () => {
    const folder = folderOf('cut', {
      'm.safetensors.index.json': index({ a: shard(1, 2), b: shard(2, 2) }),
      ...twoShards,
    })
    writeFileSync(join(folder, shard(2, 2)), named('b').subarray(0, 65))
    expect(await failure(open(folder))).toMatchObject({ code: 'truncated', file: join(folder, shard(2, 2)) })
  })

  it('of an index may hold more than the index lists: that is left out, with a warning', async () => {
    const both = safetensors(['a', 'x'].map((name) => ({ name, shape: [1], bytes: f32(1) })))
    const folder = folderOf('extra', {
      'm.safetensors.index.json': index({ a: shard(1, 2), b: shard(2, 2) }),
      ...twoShards,
      [shard(1, 2)]: both,
    })
    const checkpoint = await open(folder)
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(checkpoint.warnings).toEqual([
      "The shards hold 1 extra tensor that the index does not list there ('x'); left out.",
    ])
  })

  it.skipIf(!hasShared)('may be one of PyTorch: an index over .bin files', async () => {
    const checkpoint = await open(sharedPath('data', 'checkpoints', 'digits-step0800-legacy.pt'))
    const names = checkpoint.tensors.map(({ name }) => name)
    await checkpoint.close()
    const folder = folderOf('torch', {
      'pytorch_model.bin.index.json': index(
        Object.fromEntries(names.map((name) => [name, 'pytorch_model-00001-of-00001.bin'])),
      ),
    })
    copyFileSync(
      sharedPath('data', 'checkpoints', 'digits-step0800-legacy.pt'),
      join(folder, 'pytorch_model-00001-of-00001.bin'),
    )
    const set = await open(folder)
    expect(set.format).toBe('torch')
    expect(set.tensors.map(({ name }) => name)).toEqual(names)
  })
})
