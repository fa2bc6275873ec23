/** The engine of edits: what goes in, what comes out bit for bit, what is recorded, and what is refused. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { load, open, save } from '../../src/checkpoint/index.node.js'
import { backend, memory, StateDict, tensor } from '../../src/tensor/index.node.js'
import { clip, inspect, retain } from '../../src/weights/index.node.js'
import { hasShared, sharedPath } from '../shared.js'
import {
  f32,
  f64,
  gaussian,
  hasPython,
  type Plain,
  plainFile,
  readPlain,
  runPython,
  temporaryFolder,
  valuesOf,
} from './editFiles.js'

const folder = temporaryFolder()
const digits = (name: string): string => sharedPath('data', 'checkpoints', name)

function file(name: string, tensors: Record<string, Plain>, metadata: Record<string, string> = {}): string {
  const path = join(folder, name)
  writeFileSync(path, plainFile(tensors, metadata))
  return path
}

/** Every dtype that safetensors has, of bytes that are numbers in each. */
function everyType(): Record<string, Plain> {
  const widths = { F64: 8, I64: 8, U64: 8, C64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, F8_E4M3: 1, F8_E5M2: 1, F8_E4M3FNUZ: 1, F8_E5M2FNUZ: 1, F8_E8M0: 1, I8: 1, U8: 1, BOOL: 1 } // biome-ignore format: a table
  const tensors: Record<string, Plain> = {}
  for (const [dtype, width] of Object.entries(widths)) {
    const bytes = Uint8Array.from({ length: 6 * width }, (_, i) => (dtype === 'BOOL' ? i % 2 : (i * 37 + 5) % 60))
    tensors[`${dtype.toLowerCase()}.weight`] = { dtype, shape: [2, 3], bytes }
  }
  return tensors
}

describe('what is not edited', () => {
  it('stays bit for bit, in its order, with its type, shape and metadata, whatever the type', async () => {
    const tensors = { ...everyType(), empty: f32([0, 4], []), scalar: f32([], [7]), 'odd\u00e4 "name"': f32([1], [1]) }
    const input = file('every.safetensors', tensors, { author: 'nobody', long: 'x'.repeat(10_000) })
    const output = join(folder, 'every-out.safetensors')
    const report = await clip(input, output, { max: 1, kinds: ['norm'] })
    const { tensors: read, metadata } = readPlain(output)
    expect([...read.keys()]).toEqual(Object.keys(tensors))
    for (const [name, one] of Object.entries(tensors)) expect({ name, ...read.get(name) }).toEqual({ name, ...one })
    expect(metadata['author']).toBe('nobody')
    expect(metadata['long']).toHaveLength(10_000)
    expect(report.totals.edited).toBe(0)
    expect(report.warnings).toContain('Nothing is edited: none of the tensors is a weight. Try --tensors or --kinds.')
  })

  it('biases, normalization and states are left alone unless asked for, and it is said why', async () => {
    const values = [3, -4]
    const input = file('kinds.safetensors', {
      'fc.weight': f32([1, 2], values),
      'fc.bias': f32([2], values),
      'norm.weight': f32([2], values),
      'bn.running_mean': f32([2], values),
    })
    const edited = async (options: object) =>
      (await clip(input, null, { max: 1, ...options })).tensors.filter((one) => one.edited).map(({ name }) => name)
    expect(await edited({})).toEqual(['fc.weight'])
    expect(await edited({ kinds: ['bias'] })).toEqual(['fc.bias'])
    expect(await edited({ tensors: '*.bias' })).toEqual(['fc.bias'])
    expect(await edited({ tensors: ['norm', 'fc.weight'] })).toEqual(['fc.weight', 'norm.weight'])
    expect(await edited({ minSize: 3 })).toEqual([])
    const { tensors } = await clip(input, null, { max: 1 })
    expect(tensors.map(({ note }) => note)).toEqual([
      'magnitudes of at most 1',
      'left alone: it is a bias (kinds chooses others)',
      'left alone: it belongs to a normalization (kinds chooses others)',
      'left alone: it is a state and no weight (kinds chooses others)',
    ])
  })
})

describe('the record', () => {
  it('says what was done, one line after another', async () => {
    const input = file('record.safetensors', { 'a.weight': f32([1, 2], [3, -4]) }, { step: '800' })
    const [one, two] = [join(folder, 'r1.safetensors'), join(folder, 'r2.safetensors')]
    const first = await clip(input, one, { fraction: 0.5, per: 'row' })
    await retain(one, two, { fraction: 1 })
    const { metadata } = readPlain(two)
    expect(metadata['step']).toBe('800')
    const { version } = first.record
    expect(JSON.parse(metadata['normball']!)).toEqual([
      { version, command: 'clip', fraction: 0.5, per: 'row' },
      { version, command: 'retain', fraction: 1 },
    ])
  })

  it('goes through npz, as the comment of the archive', async () => {
    const input = file('comment.safetensors', { 'a.weight': f32([1, 2], [3, -4]) }, { step: '800' })
    const [one, two] = [join(folder, 'c1.npz'), join(folder, 'c2.safetensors')]
    await clip(input, one, { max: 3.5 })
    await clip(one, two, { max: 3 })
    const { metadata } = readPlain(two)
    expect(metadata['step']).toBe('800')
    expect((JSON.parse(metadata['normball']!) as unknown[]).length).toBe(2)
  })

  it('metadata of other formats becomes text', async () => {
    if (!hasShared) return
    const output = join(folder, 'gguf.safetensors')
    await clip(digits('lab-alltypes.gguf'), output, { max: 0.05, tensors: 'fc2.bias' })
    const { metadata } = readPlain(output)
    const checkpoint = await open(digits('lab-alltypes.gguf'))
    for (const [key, value] of Object.entries(checkpoint.metadata))
      expect(metadata[key]).toBe(typeof value === 'string' ? value : JSON.stringify(value))
    await checkpoint.close()
  })
})

describe.skipIf(!hasShared)('formats in', () => {
  const plain = [
    'digits-step0800.safetensors',
    'digits-step0800.npz',
    'digits-step0800-legacy.pt',
    'digits-step0800-train.pt',
  ]

  it.each(plain)('%s: the same weights, clipped alike', async (name) => {
    const output = join(folder, `in-${name}.safetensors`)
    const report = await clip(digits(name), output, { max: 0.05 })
    const { tensors } = readPlain(output)
    const found = [...tensors].find(([key]) => key.endsWith('fc1.weight'))![1]
    const { tensors: source } = readPlain(digits('digits-step0800.safetensors'))
    const bound = Math.fround(0.04999999701976776)
    const expected = valuesOf(source.get('fc1.weight')!).map((value) => Math.max(-bound, Math.min(bound, value)))
    expect(valuesOf(found)).toEqual(expected)
    expect(report.totals.edited).toBe(6)
  })

  it('ONNX and GGUF: quantized tensors become f32, and it is said', async () => {
    const onnx = await clip(digits('digits-step0800.onnx'), null, { max: 0.05 })
    expect(onnx.tensors.find(({ name }) => name === 'fc1.weight')!.changed).toBe(22966)
    const output = join(folder, 'gguf-out.safetensors')
    const gguf = await clip(digits('lab-alltypes.gguf'), output, { max: 0.05 })
    const one = gguf.tensors.find(({ dtype }) => dtype === 'Q4_0')!
    expect(one).toMatchObject({ storage: 'f32', bytesIn: 128 * 1024 * (18 / 32), bytesOut: 128 * 1024 * 4 })
    expect(gguf.warnings.join(' ')).toMatch(
      /^14 tensors of types that safetensors does not have \(the first is 'fc1\.weight\.q4_0', Q4_0\) become f32\./,
    )
    expect(gguf.gain).toMatch(/% larger/)
    const { files } = await inspect(output, { spectra: 'none' })
    expect(
      Math.max(...files[0]!.tensors.filter(({ kind }) => kind !== 'bias').map(({ linf }) => linf)),
    ).toBeLessThanOrEqual(0.05)
  })

  it('optimizer state is left out with a warning', async () => {
    const report = await clip(digits('digits-step0800-train.pt'), null, { max: 0.05 })
    expect(report.warnings).toContain(
      '42 tensors of optimizer state are left out: the output is a model, and what an optimizer remembers belongs to the weights as they were.',
    )
  })

  it('names of one storage are edited alike', async () => {
    const path = join(folder, 'tied.pt')
    if (!hasPython('torch')) return
    runPython(
      `import torch,sys; w=torch.arange(6.).reshape(2,3); torch.save({'emb.weight':w,'head.weight':w,'other.weight':w.clone()},sys.argv[1]); print('1')`,
      path,
    )
    const output = join(folder, 'tied.safetensors')
    const report = await clip(path, output, { max: 2, tensors: 'head.weight' })
    const { tensors } = readPlain(output)
    expect(Array.from(valuesOf(tensors.get('emb.weight')!))).toEqual([0, 1, 2, 2, 2, 2])
    expect(tensors.get('head.weight')!.bytes).toEqual(tensors.get('emb.weight')!.bytes)
    expect(Array.from(valuesOf(tensors.get('other.weight')!))).toEqual([0, 1, 2, 3, 4, 5])
    expect(report.totals).toMatchObject({ parameters: 12, edited: 1, changed: 3 })
  })

  it('a sharded set becomes one file', async () => {
    const place = join(folder, 'set')
    mkdirSync(place)
    writeFileSync(join(place, 'model-00001-of-00002.safetensors'), plainFile({ 'a.weight': f32([1, 2], [3, 1]) }))
    writeFileSync(join(place, 'model-00002-of-00002.safetensors'), plainFile({ 'b.weight': f32([1, 2], [1, 5]) }))
    const map = { 'a.weight': 'model-00001-of-00002.safetensors', 'b.weight': 'model-00002-of-00002.safetensors' }
    const index = join(place, 'model.safetensors.index.json')
    writeFileSync(index, JSON.stringify({ weight_map: map }))
    const output = join(folder, 'joined.safetensors')
    await clip(place, output, { max: 2 })
    const { tensors } = readPlain(output)
    expect([...tensors].map(([name, one]) => [name, Array.from(valuesOf(one))])).toEqual([['a.weight', [2, 1]], ['b.weight', [1, 2]]]) // biome-ignore format: a table
    await expect(clip(index, index, { max: 2, inPlace: true })).rejects.toMatchObject({ exitCode: 2 })
    await expect(clip(place, join(place, 'model-00001-of-00002.safetensors'), { max: 2 })).rejects.toMatchObject({
      exitCode: 2,
    })
  })
})

describe('bytes, files and state dicts', () => {
  const given = { 'a.weight': f32([2, 2], [3, -4, 0.5, 1]), 'n.weight': f64([1], [9]) }

  it('bytes and a File in, a state dict out', async () => {
    for (const input of [plainFile(given), new File([new Uint8Array(plainFile(given))], 'x.safetensors')]) {
      const dict = new StateDict()
      const report = await clip(input, dict, { max: 1 })
      expect(Array.from(dict.get('a.weight')!.toArray())).toEqual([1, -1, 0.5, 1])
      expect(dict.get('n.weight')!.dtype).toBe('f64')
      expect(dict.metadata['normball']).toContain('"command":"clip"')
      expect(report).toMatchObject({ output: 'state dict', format: null })
      dict.dispose()
    }
  })

  it('a state dict in and out, over itself only in place, and nothing left behind', async () => {
    const before = memory().tensors
    const dict = new StateDict([['a.weight', tensor([[3, -4], [0.5, 1]])], ['i', tensor([1, 2], { dtype: 'i32' })]]) // biome-ignore format: a table
    const out = new StateDict()
    await clip(dict, out, { norm: 'spectral', radius: 1 })
    expect(Array.from(dict.get('a.weight')!.toArray())).toEqual([3, -4, 0.5, 1])
    expect(out.get('i')!.dtype).toBe('i32')
    await expect(clip(dict, dict, { max: 1 })).rejects.toMatchObject({
      message: 'the output is also the input. Try the option inPlace, or another state dict.',
      exitCode: 2,
    })
    const old = dict.get('a.weight')!
    await clip(dict, dict, { max: 1, inPlace: true })
    expect(Array.from(dict.get('a.weight')!.toArray())).toEqual([1, -1, 0.5, 1])
    expect(Array.from(old.toArray())).toEqual([3, -4, 0.5, 1])
    for (const one of [dict, out, old]) one.dispose()
    expect(memory().tensors).toBeLessThanOrEqual(before + 1)
  })
})

describe('NumPy and PyTorch open the output', () => {
  const next = gaussian(4)
  const values = Array.from({ length: 12 }, next)
  const half = new Uint8Array(Uint16Array.from([0x3c00, 0xc000, 0x3555, 0x0001]).buffer)
  const given = {
    'a.weight': f32([3, 4], values),
    'd.weight': f64([3, 4], values),
    'h.weight': { dtype: 'F16', shape: [2, 2], bytes: half },
    'b.weight': { dtype: 'BF16', shape: [1, 2], bytes: new Uint8Array(Uint16Array.from([0x3f80, 0xc000]).buffer) },
    i: { dtype: 'I64', shape: [2], bytes: new Uint8Array(BigInt64Array.from([1n, -(2n ** 60n)]).buffer) },
  }

  it.skipIf(!hasPython('numpy'))('npz: types, values and the checksum; bf16 becomes f32 with a warning', async () => {
    const output = join(folder, 'numpy.npz')
    const report = await clip(file('numpy.safetensors', given), output, { max: 0.5 })
    expect(report.warnings.join(' ')).toContain(
      "1 tensor of types that npz does not have (the first is 'b.weight', BF16) becomes f32.",
    )
    const read = runPython<Record<string, [string, number[]]>>(
      `import numpy,json,sys,zipfile\nassert zipfile.ZipFile(sys.argv[1]).testzip() is None\nd=numpy.load(sys.argv[1])\nprint(json.dumps({k:[str(d[k].dtype),[float(x) for x in d[k].ravel()]] for k in d.files}))`,
      output,
    )
    expect(Object.keys(read)).toEqual(Object.keys(given))
    const clipped = values.map((value) => Math.max(-0.5, Math.min(0.5, value)))
    expect(read['d.weight']).toEqual(['float64', clipped])
    expect(read['a.weight']).toEqual(['float32', clipped.map(Math.fround)])
    expect(read['h.weight']).toEqual(['float16', [0.5, -0.5, 0.333251953125, 2 ** -24]])
    expect(read['b.weight']).toEqual(['float32', [0.5, -0.5]])
    expect(read['i']![0]).toBe('int64')
  })

  it.skipIf(!hasPython('torch'))('safetensors, by a reader in a few lines of PyTorch', async () => {
    const output = join(folder, 'torch.safetensors')
    await clip(file('torch.safetensors.in', given), output, { max: 0.5 })
    const read = runPython<Record<string, number[]>>(
      `import torch,json,sys,struct\nb=open(sys.argv[1],'rb').read()\nn=struct.unpack('<Q',b[:8])[0]\nh=json.loads(b[8:8+n])\nt={'F32':torch.float32,'F64':torch.float64,'F16':torch.float16,'BF16':torch.bfloat16,'I64':torch.int64}\nprint(json.dumps({k:torch.frombuffer(bytearray(b[8+n+v['data_offsets'][0]:8+n+v['data_offsets'][1]]),dtype=t[v['dtype']]).double().tolist() for k,v in h.items() if k!='__metadata__'}))`,
      output,
    )
    expect(read['b.weight']).toEqual([0.5, -0.5])
    expect(read['a.weight']).toEqual(values.map((value) => Math.fround(Math.max(-0.5, Math.min(0.5, value)))))
    // Large element types first, so that a reader may map them.
    const { tensors } = readPlain(output)
    expect([...tensors.keys()]).toEqual(Object.keys(given))
  })
})

describe('elements that are not finite', () => {
  const odd = { 'a.weight': f32([2, 3], [3, Number.NaN, 0.5, Number.POSITIVE_INFINITY, -3, 1]) }

  it('are an error that names tensor and place, and nothing is written', async () => {
    const input = file('odd.safetensors', odd)
    const output = join(folder, 'odd-out.safetensors')
    await expect(clip(input, output, { max: 1 })).rejects.toMatchObject({
      code: 'nonfinite',
      exitCode: 3,
      tensor: 'a.weight',
      message:
        "clip: tensor 'a.weight' holds NaN at element 1; expected finite numbers. Try --allow-nonfinite, which leaves such elements as they are, or --tensors to leave the tensor out.",
    })
    expect(existsSync(output)).toBe(false)
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
    // Not a word about tensors that are not edited.
    await clip(input, null, { max: 1, kinds: ['bias'] })
  })

  it.each([{ max: 1 }, { fraction: 1 / 3 }, { norm: 'linf', radius: 1 }])(
    'stay where they are allowed: %j',
    async (options) => {
      const output = join(folder, 'odd-kept.safetensors')
      const report = await clip(file('odd.safetensors', odd), output, { ...options, allowNonfinite: true })
      const found = Array.from(valuesOf(readPlain(output).tensors.get('a.weight')!))
      expect(found).toEqual([1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, -1, 1])
      expect(report.tensors[0]).toMatchObject({ changed: 2, after: { nan: 1, posInf: 1 } })
    },
  )

  it('also in whole tensors', async () => {
    const output = join(folder, 'odd-whole.safetensors')
    await clip(file('odd.safetensors', odd), output, { norm: 'lp(3)', radius: 1, allowNonfinite: true })
    const found = Array.from(valuesOf(readPlain(output).tensors.get('a.weight')!))
    expect(found[1]).toBeNaN()
    expect(found[3]).toBe(Number.POSITIVE_INFINITY)
    expect(Math.abs(found[0]!)).toBeLessThan(1)
  })
})

describe('outputs', () => {
  const given = { 'a.weight': f32([2, 2], [3, -4, 0.5, 1]) }

  it('an output that is the input is refused, also through links, and allowed in place', async () => {
    const input = file('same.safetensors', given)
    const link = join(folder, 'link.safetensors')
    symlinkSync(input, link)
    for (const output of [input, link, join(folder, '.', 'same.safetensors')])
      await expect(clip(input, output, { max: 1 })).rejects.toMatchObject({
        exitCode: 2,
        message: `the output '${output}' is also the input '${input}'. Try --in-place, or another name for the output.`,
      })
    chmodSync(input, 0o640)
    await clip(link, link, { max: 1, inPlace: true })
    expect(Array.from(valuesOf(readPlain(input).tensors.get('a.weight')!))).toEqual([1, -1, 0.5, 1])
    expect(statSync(input).mode & 0o777).toBe(0o640)
  })

  it('a dry run writes nothing and says the same', async () => {
    const input = file('dry.safetensors', given)
    const output = join(folder, 'dry-out.safetensors')
    const dry = await clip(input, output, { max: 1, dryRun: true })
    expect(existsSync(output)).toBe(false)
    const wet = await clip(input, output, { max: 1 })
    expect({ ...dry, output, dryRun: false, bytesOut: 0, gain: '' }).toEqual({ ...wet, bytesOut: 0, gain: '' })
    expect(wet.bytesOut).toBe(statSync(output).size)
    expect(dry.output).toBeNull()
  })

  it.each([
    [
      'x.pt',
      "clip: the output '%s' would be no .pt file: safetensors and npz can be written. Try a name that ends in .safetensors, or --format.",
      2,
    ],
    ['no/such/x.safetensors', "cannot write '%s': its folder does not exist. Try another place for the output.", 4],
    ['', 'an output file needs a name.', 2],
  ])('%s', async (name, message, exitCode) => {
    const output = name === '' ? '' : join(folder, name)
    await expect(clip(file('bad.safetensors', given), output, { max: 1 })).rejects.toMatchObject({
      message: message.replace('%s', output),
      exitCode,
    })
  })

  it('a folder as the output', async () => {
    await expect(clip(file('bad.safetensors', given), folder, { max: 1 })).rejects.toMatchObject({ exitCode: 2 })
  })

  it('a full disk leaves nothing', async () => {
    if (!existsSync('/dev/full')) return
    await expect(clip(file('full.safetensors', given), '/dev/full', { max: 1 })).rejects.toMatchObject({
      exitCode: 4,
      code: 'cannot-write',
    })
  })

  it('complex numbers where they fit, else a sentence', async () => {
    const c = { c: { dtype: 'C64', shape: [1], bytes: new Uint8Array(8) } }
    await clip(file('c.safetensors', c), join(folder, 'c.npz'), { max: 1 })
    await expect(clip(file('c.safetensors', c), new StateDict(), { max: 1 })).rejects.toMatchObject({
      message: "tensor 'c' is complex (C64), which a state dict cannot hold. Try a safetensors file.",
      exitCode: 3,
    })
  })

  it('an abort leaves nothing', async () => {
    const control = new AbortController()
    control.abort()
    const output = join(folder, 'aborted.safetensors')
    await expect(
      clip(file('abort.safetensors', given), output, { max: 1, signal: control.signal }),
    ).rejects.toMatchObject({ exitCode: 130 })
    expect(existsSync(output)).toBe(false)
  })

  it('many blocks: a file larger than what waits for the disk', async () => {
    const values = new Float32Array(9_000_000)
    for (let i = 0; i < values.length; i++) values[i] = (i % 2001) - 1000
    const input = file('large.safetensors', {
      'a.weight': { dtype: 'F32', shape: [3000, 3000], bytes: new Uint8Array(values.buffer) },
    })
    for (const name of ['large-out.safetensors', 'large-out.npz']) {
      const output = join(folder, name)
      await clip(input, output, { max: 999, spectra: 'none' })
      const read = await load(output)
      const found = read.get('a.weight')!.toArray()
      expect(found.every((value, i) => value === Math.max(-999, Math.min(999, values[i]!)))).toBe(true)
      read.dispose()
    }
  })
})

describe('spectra', () => {
  it('before, after and of the change, as inspect has them', async () => {
    const next = gaussian(8)
    const input = file('spectra.safetensors', { 'a.weight': f32([20, 12], Array.from({ length: 240 }, next)) })
    const output = join(folder, 'spectra-out.safetensors')
    const { tensors, skipped } = await clip(input, output, { max: 1 })
    const [before] = (await inspect(input)).files[0]!.tensors
    const [after] = (await inspect(output)).files[0]!.tensors
    expect(skipped).toEqual([])
    expect(tensors[0]!.before.matrix!.spectral).toBeCloseTo(before!.matrix!.spectral, 10)
    expect(tensors[0]!.after.matrix!.nuclear).toBeCloseTo(after!.matrix!.nuclear!, 10)
    const change = new StateDict()
    const [a, b] = [await load(input), await load(output)]
    change.set('d.weight', b.get('a.weight')!.sub(a.get('a.weight')!))
    const path = join(folder, 'change.npz')
    await save(path, change)
    const [delta] = (await inspect(path)).files[0]!.tensors
    expect(tensors[0]!.delta.spectral).toBeCloseTo(delta!.matrix!.spectral, 5)
    expect(tensors[0]!.delta.nuclear).toBeCloseTo(delta!.matrix!.nuclear!, 4)
    expect(tensors[0]!.delta.l2).toBeCloseTo(delta!.l2, 5)
    for (const dict of [a, b, change]) dict.dispose()
  })

  it('by the linear algebra that is asked for, for this run only', async () => {
    const input = file('backend.safetensors', { 'a.weight': f32([2, 2], [3, 0, 0, 0.5]) })
    const before = backend().name
    const { tensors } = await clip(input, null, { norm: 'spectral', radius: 1, backend: 'portable' })
    expect(tensors[0]!.after.linf).toBeCloseTo(1, 6)
    expect(backend().name).toBe(before)
  })

  it('none where it is said, with the reason', async () => {
    const input = file('nospectra.safetensors', { 'a.weight': f32([2, 2], [1, 2, 3, 4]) })
    const { tensors, skipped } = await clip(input, null, { max: 1, spectra: 'none' })
    expect(tensors[0]!.before.matrix).toBeNull()
    expect(skipped).toEqual([{ name: 'a.weight', dtype: 'F32', shape: [2, 2], what: 'matrix', why: 'spectra were not asked for (--spectra none)' }]) // biome-ignore format: one line
  })
})
