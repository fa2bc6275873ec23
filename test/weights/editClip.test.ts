/** clip and retain: onto norm balls, against PyTorch, Keras and the textbooks' loops. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import { l2, lp, spectral } from '../../src/norms/index.node.js'
import { memory, StateDict, tensor } from '../../src/tensor/index.node.js'
import { type ClipOptions, clip, type EditReport, retain } from '../../src/weights/index.node.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { f32, f64, gaussian, type Plain, plainFile, readPlain, temporaryFolder, valuesOf } from './editFiles.js'

const folder = temporaryFolder()
let files = 0

/** Runs `edit` on a file of these tensors; the values of the output, and the report. */
async function through(
  tensors: Record<string, Plain>,
  edit: (input: string, output: string) => Promise<EditReport>,
): Promise<{
  values: Record<string, number[]>
  report: EditReport
  output: string
  bytes: Record<string, Uint8Array>
}> {
  const input = join(folder, `in${++files}.safetensors`)
  const output = join(folder, `out${files}.safetensors`)
  writeFileSync(input, plainFile(tensors))
  const report = await edit(input, output)
  const { tensors: read } = readPlain(output)
  const values: Record<string, number[]> = {}
  const bytes: Record<string, Uint8Array> = {}
  for (const [name, one] of read) {
    bytes[name] = one.bytes
    if (one.dtype === 'F32' || one.dtype === 'F64') values[name] = Array.from(valuesOf(one))
  }
  return { values, report, output, bytes }
}

const clipped = (tensors: Record<string, Plain>, options: ClipOptions) =>
  through(tensors, (input, output) => clip(input, output, options))

const size = (values: readonly number[], p: number): number =>
  p === Number.POSITIVE_INFINITY
    ? values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    : values.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p)

describe('clip, by hand', () => {
  const w = f32([2, 3], [3, -4, 0, 0.5, -0.25, 1])

  it('max: no magnitude above it, the others bit for bit', async () => {
    const { values, report } = await clipped({ 'a.weight': w }, { max: 1 })
    expect(values['a.weight']).toEqual([1, -1, 0, 0.5, -0.25, 1])
    const [one] = report.tensors
    expect(one).toMatchObject({ changed: 2, edited: true, details: { bound: 1 } })
    expect(one!.delta).toMatchObject({ l1: 5, linf: 3 })
    expect(one!.delta.l2).toBeCloseTo(Math.sqrt(13), 14)
    expect(one!.before).toMatchObject({ linf: 4, l0: 5, zeros: 1 })
    expect(one!.after).toMatchObject({ linf: 1, l1: 3.75 })
    expect(report.totals).toMatchObject({
      changed: 2,
      parameters: 6,
      edited: 1,
      multiplyAddsBefore: 6,
      multiplyAddsAfter: 6,
    })
    expect(report.gain).toMatch(/^The file is/)
  })

  it('fraction: of the largest magnitude of the tensor, the row, the model', async () => {
    const tensors = { 'a.weight': w, 'b.weight': f32([1, 2], [8, 1]) }
    const each = await clipped(tensors, { fraction: 0.5 })
    expect(each.values).toEqual({ 'a.weight': [2, -2, 0, 0.5, -0.25, 1], 'b.weight': [4, 1] })
    const rows = await clipped(tensors, { fraction: 0.5, per: 'row' })
    expect(rows.values).toEqual({ 'a.weight': [2, -2, 0, 0.5, -0.25, 0.5], 'b.weight': [4, 1] })
    const model = await clipped(tensors, { fraction: 0.25, per: 'model' })
    expect(model.values).toEqual({ 'a.weight': [2, -2, 0, 0.5, -0.25, 1], 'b.weight': [2, 1] })
  })

  it('quantile: the least magnitude that at least this share does not exceed', async () => {
    // Sizes 0, 0.25, 0.5, 1, 3, 4: half of them do not exceed 0.5.
    expect((await clipped({ 'a.weight': w }, { quantile: 0.5 })).values['a.weight']).toEqual([
      0.5, -0.5, 0, 0.5, -0.25, 0.5,
    ])
    expect((await clipped({ 'a.weight': w }, { quantile: 1 })).values['a.weight']).toEqual([3, -4, 0, 0.5, -0.25, 1])
    const rows = await clipped({ 'a.weight': w }, { quantile: 0.6, per: 'row' })
    expect(rows.values['a.weight']).toEqual([3, -3, 0, 0.5, -0.25, 0.5])
    const model = await clipped({ 'a.weight': w, 'b.weight': f64([1, 2], [8, 1]) }, { quantile: 0.75, per: 'model' })
    expect(model.values).toEqual({ 'a.weight': [3, -3, 0, 0.5, -0.25, 1], 'b.weight': [3, 1] })
  })

  it('l2: rescaled; l1: magnitudes less a threshold', async () => {
    const x = f64([1, 2], [3, 4])
    expect((await clipped({ w: x }, { norm: 'l2', radius: 1 })).values['w']).toEqual([0.6000000000000001, 0.8])
    expect((await clipped({ w: x }, { norm: 'l1', radius: 3 })).values['w']).toEqual([1, 2])
    expect((await clipped({ w: x }, { norm: 'l1', radius: 7 })).values['w']).toEqual([3, 4])
    expect((await clipped({ w: x }, { norm: 'linf', radius: 3.5 })).values['w']).toEqual([3, 3.5])
    expect((await clipped({ w: x }, { norm: l2, radius: 0 })).values['w']).toEqual([0, 0])
  })

  it('spectral: singular values above the radius become it', async () => {
    const { values, report } = await clipped({ w: f64([2, 2], [3, 0, 0, 0.5]) }, { norm: spectral, radius: 1 })
    for (const [i, expected] of [1, 0, 0, 0.5].entries()) expect(values['w']![i]).toBeCloseTo(expected, 12)
    expect(report.tensors[0]!.after.matrix!.spectral).toBeLessThanOrEqual(1 + 1e-12)
    expect(report.tensors[0]!.delta.spectral).toBeCloseTo(2, 10)
  })

  it('a row is what leads to one output, wherever the output axis lies', async () => {
    // GPT-2 stores [in, out]: the fused projection [2, 6] shows it.
    const attn = f32([2, 6], [3, 1, 0, 0, 0, 6, 4, 1, 0, 0, 0, 8])
    const { values } = await clipped({ 'h.0.attn.c_attn.weight': attn }, { norm: 'l2', radius: 5, per: 'row' })
    expect(values['h.0.attn.c_attn.weight']).toEqual([3, 1, 0, 0, 0, 3, 4, 1, 0, 0, 0, 4])
  })
})

describe('clip, laws', () => {
  const draw = (seed: number, count: number): number[] => {
    const next = gaussian(seed)
    return Array.from({ length: count }, next)
  }
  const cases: readonly (readonly [
    string,
    ClipOptions,
    (values: number[], shape: readonly number[]) => number,
    number,
  ])[] = [
    ['linf', { max: 0.7 }, (v) => size(v, Number.POSITIVE_INFINITY), 0.7],
    ['l2', { norm: 'l2', radius: 3 }, (v) => size(v, 2), 3],
    ['l1', { norm: 'l1', radius: 20 }, (v) => size(v, 1), 20],
    ['lp(3)', { norm: lp(3), radius: 2 }, (v) => size(v, 3), 2],
    ['l2 per row', { norm: 'l2', radius: 1.5, per: 'row' }, (v, [m]) => rowMost(v, m!, 2), 1.5],
    ['l1 per row', { norm: 'l1', radius: 4, per: 'row' }, (v, [m]) => rowMost(v, m!, 1), 4],
  ]
  const rowMost = (values: number[], rows: number, p: number): number =>
    Math.max(
      ...Array.from({ length: rows }, (_, i) =>
        size(values.slice((i * values.length) / rows, ((i + 1) * values.length) / rows), p),
      ),
    )

  describe.each([1, 2, 3])('seed %i', (seed) => {
    it.each(cases)('%s: inside the ball, and clip then clip is clip, bit for bit', async (_, options, of, radius) => {
      for (const make of [f32, f64]) {
        const w = make([7, 11], draw(seed, 77))
        const once = await clipped({ w }, options)
        expect(of(once.values['w']!, [7, 11])).toBeLessThanOrEqual(radius * (1 + 1e-14))
        const output = join(folder, `again${++files}.safetensors`)
        await clip(once.output, output, options)
        expect(readPlain(output).tensors.get('w')!.bytes).toEqual(once.bytes['w'])
      }
    })
  })

  it.each(['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'])('%s: what is stored lies inside, and stays', async (dtype) => {
    const wide = dtype.startsWith('F8') ? 1 : 2
    const next = gaussian(5)
    // Codes of numbers between -2 and 2.
    const one = { F16: 0x3c00, BF16: 0x3f80, F8_E4M3: 0x38, F8_E5M2: 0x3c }[dtype]!
    const codes = Array.from(
      { length: 96 },
      () => (Math.floor(Math.abs(next()) * one * 0.5) % one) + (next() < 0 ? (wide === 2 ? 0x8000 : 0x80) : 0),
    )
    const bytes = wide === 2 ? new Uint8Array(Uint16Array.from(codes).buffer) : Uint8Array.from(codes)
    for (const options of [
      { max: 0.3 },
      { norm: 'l2', radius: 0.37 },
      { norm: 'l1', radius: 1.1 },
      { norm: 'l2', radius: 0.1, per: 'row' },
    ] as ClipOptions[]) {
      const once = await clipped({ w: { dtype, shape: [8, 12], bytes } }, { ...options, tensors: 'w' })
      const { after, storage } = once.report.tensors[0]!
      expect(storage).toBe({ F16: 'f16', BF16: 'bf16', F8_E4M3: 'f8_e4m3fn', F8_E5M2: 'f8_e5m2' }[dtype])
      if (options.max !== undefined) expect(after.linf).toBeLessThanOrEqual(options.max)
      else if (options.per === undefined) expect(after[options.norm as 'l1']).toBeLessThanOrEqual(options.radius!)
      const output = join(folder, `again${++files}.safetensors`)
      await clip(once.output, output, { ...options, tensors: 'w' })
      expect(readPlain(output).tensors.get('w')!.bytes).toEqual(once.bytes['w'])
    }
  })

  it('l1 is the projection: no feasible point is nearer', async () => {
    const x = draw(9, 40)
    const { values } = await clipped({ w: f64([5, 8], x) }, { norm: 'l1', radius: 6 })
    const y = values['w']!
    // Variational inequality at the vertices of the ball.
    const inner = (z: (i: number) => number): number =>
      x.reduce((sum, value, i) => sum + (value - y[i]!) * (z(i) - y[i]!), 0)
    for (let i = 0; i < 40; i++)
      for (const sign of [1, -1]) expect(inner((j) => (i === j ? sign * 6 : 0))).toBeLessThanOrEqual(1e-9)
  })

  it('extreme scales, zeros, one element, none', async () => {
    const scales = await clipped({ w: f64([1, 3], [3e200, -4e200, 0]) }, { norm: 'l2', radius: 5 })
    expect(size(scales.values['w']!, 2)).toBeCloseTo(5, 12)
    const tiny = await clipped({ w: f64([1, 2], [3e-200, 4e-200]) }, { norm: 'l2', radius: 1e-200 })
    expect(tiny.values['w']![1]).toBeCloseTo(0.8e-200, 210)
    const rows = await clipped(
      { w: f64([2, 2], [3e150, 4e150, 3e-100, 4e-100]) },
      { norm: 'l2', radius: 1e-100, per: 'row' },
    )
    expect(rows.values['w']!.map((v) => v / 1e-100).map((v) => Number(v.toFixed(10)))).toEqual([0.6, 0.8, 0.6, 0.8])
    const odd = { z: f32([2, 2], [0, 0, 0, 0]), 'one.weight': f32([1, 1], [-2]), none: f32([0, 3], []) }
    const all = await clipped(odd, { fraction: 0.5 })
    expect(all.values).toEqual({ z: [0, 0, 0, 0], 'one.weight': [-1], none: [] })
    expect(all.report.tensors.map(({ relativeError }) => relativeError)).toEqual([0, 0.5, 0])
    for (const per of ['tensor', 'row', 'model'] as const)
      expect((await clipped(odd, { quantile: 0.5, per })).values['none']).toEqual([])
  })

  it('leaves no tensor and no memory behind', async () => {
    const run = async (): Promise<void> => {
      await clipped({ w: f32([4, 4], draw(3, 16)) }, { norm: 'spectral', radius: 0.5 })
      await clipped({ w: f32([4, 4], draw(3, 16)) }, { norm: 'l2', radius: 0.5, per: 'row' })
    }
    await run()
    const before = memory().tensors
    await run()
    expect(memory().tensors).toBe(before)
  })
})

describe('retain, by hand', () => {
  const w = f32([2, 3], [3, -4, 0, 0.5, -0.25, 1])

  it('keeps at least the fraction of the largest', async () => {
    const kept = async (fraction: number, per?: 'row' | 'model') =>
      (await through({ 'a.weight': w, 'b.weight': f32([1, 2], [8, 1]) }, (a, b) => retain(a, b, { fraction, per })))
        .values
    expect(await kept(0.25)).toEqual({ 'a.weight': [3, -4, 0, 0, 0, 1], 'b.weight': [8, 0] })
    expect(await kept(0.5, 'row')).toEqual({ 'a.weight': [3, -4, 0, 0.5, 0, 1], 'b.weight': [8, 0] })
    expect(await kept(0.375, 'model')).toEqual({ 'a.weight': [3, -4, 0, 0, 0, 0], 'b.weight': [8, 0] })
  })

  it('says that zeros gain nothing, and what they would', async () => {
    const { report } = await through({ 'a.weight': f32([40, 40], gaussianArray(1600)) }, (a, b) =>
      retain(a, b, { fraction: 0.2 }),
    )
    expect(report.gain).toContain('zeros are stored like other numbers; stored sparse they would take')
    expect(report.gain).toContain('No multiply-adds are saved')
    expect(report.totals.bytesSparse).toBe(Math.ceil(4 * (1600 - report.totals.zerosAfter) + 200))
  })

  it('counts the multiply-adds of whole rows and columns of zeros', async () => {
    const x = f32([3, 4], [9, 9, 0.1, 9, 0.1, 0.1, 0.1, 0.1, 9, 9, 0.1, 9])
    const { report } = await through({ 'a.weight': x }, (a, b) => retain(a, b, { fraction: 0.5 }))
    expect(report.totals).toMatchObject({ multiplyAddsBefore: 12, multiplyAddsAfter: 6 })
    expect(report.gain).toContain('Multiply-adds: 50 % fewer')
  })
})

function gaussianArray(count: number): number[] {
  const next = gaussian(11)
  return Array.from({ length: count }, next)
}

interface ArticleCase {
  case: string
  op: 'clip' | 'retain' | 'prune'
  fraction: number
  changed: number
  l0: number
  l1: number
  frobenius: number
  linf: number
}

describe.skipIf(!hasShared)('the textbook loops (../shared/oracle/articles)', () => {
  const { weights } = hasShared
    ? sharedJson<{ weights: ArticleCase[] }>('oracle', 'articles', 'articles.json')
    : { weights: [] }
  const cases = weights.filter(({ op }) => op !== 'prune')

  it('has cases', () => expect(cases.length).toBeGreaterThan(8))

  it.each(cases)('$case $op $fraction', async ({ case: name, op, fraction, changed, l0, l1, frobenius, linf }) => {
    const edit = op === 'clip' ? clip : retain
    const path = sharedPath('oracle', 'articles', 'weights.npz')
    const dict = new StateDict()
    const report = await edit(path, dict, { fraction, rule: 'article', tensors: `${name}.W` })
    const { after, changed: found } = report.tensors.find((one) => one.name === `${name}.W`)!
    expect(found).toBe(changed)
    expect(after.l0).toBe(l0)
    expect(after.l1).toBeCloseTo(l1, 8)
    expect(after.l2).toBeCloseTo(frobenius, 10)
    expect(after.linf).toBe(linf)
    // Every element, as the loop left it.
    const left = dict.get(`${name}.${op}.${fraction.toFixed(1)}`)!.toArray()
    expect(dict.get(`${name}.W`)!.toArray()).toEqual(left)
    dict.dispose()
  })
})

describe.skipIf(!hasShared)('PyTorch and Keras (../shared/data/reference)', () => {
  const checkpoint = sharedPath('data', 'checkpoints', 'digits-step0800.safetensors')
  interface Reference {
    clip_value_0_05?: never
    'clip_value_0.05': Record<string, { clipped: number; l2: number }>
    clip_norm_weights_as_grads: Record<string, { total_norm: number; coef: number; after_l2: number[] }>
    keras_max_norm: Record<string, { max_value: number; units_clipped: number; l2_after: number }>
  }
  const reference = hasShared ? sharedJson<Reference>('data', 'reference', 'ops-digits-step0800.json') : null
  const names = ['conv1.weight', 'conv2.weight', 'dw.weight', 'up.weight', 'fc1.weight', 'fc2.weight']

  it('clip_grad_value_ at 0.05', async () => {
    const report = await clip(checkpoint, null, { max: 0.05 })
    for (const [name, { clipped: count, l2: expected }] of Object.entries(reference!['clip_value_0.05'])) {
      const one = report.tensors.find((tensor) => tensor.name === name)!
      expect(one.changed).toBe(count)
      expect(one.after.l2).toBeCloseTo(expected, 6)
    }
  })

  it('clip_grad_norm_ over all weights', async () => {
    for (const [key, { after_l2 }] of Object.entries(reference!.clip_norm_weights_as_grads)) {
      const [, p, radius] = /^p=(.*)\|max=(.*)$/.exec(key)!
      if (p !== '2.0') continue
      const report = await clip(checkpoint, null, { norm: 'l2', radius: Number(radius), per: 'model', tensors: names })
      const found = names.map((name) => report.tensors.find((one) => one.name === name)!.after.l2)
      for (const [i, expected] of after_l2.entries()) expect(found[i]! / expected).toBeCloseTo(1, 5)
      expect(report.totals.edited).toBe(6)
    }
  })

  it('MaxNorm of each unit', async () => {
    for (const [name, { max_value, units_clipped, l2_after }] of Object.entries(reference!.keras_max_norm)) {
      const dict = new StateDict()
      const report = await clip(checkpoint, dict, { norm: 'l2', radius: max_value, per: 'row', tensors: name })
      const one = report.tensors.find((tensor) => tensor.name === name)!
      expect(one.after.l2 / l2_after).toBeCloseTo(1, 6)
      const source = await load(checkpoint, { filter: (each) => each === name })
      const rows = source.get(name)!.shape[0]!
      const before = rowNorms(Array.from(source.get(name)!.toArray()), rows)
      const after = rowNorms(Array.from(dict.get(name)!.toArray()), rows)
      expect(before.filter((norm, i) => norm !== after[i]).length).toBe(units_clipped)
      for (const norm of after) expect(norm).toBeLessThanOrEqual(max_value)
      dict.dispose()
      source.dispose()
    }
  })
})

function rowNorms(values: number[], rows: number): number[] {
  const length = values.length / rows
  return Array.from({ length: rows }, (_, i) => size(values.slice(i * length, (i + 1) * length), 2))
}

describe('wrong options', () => {
  const dict = new StateDict([['a.weight', tensor([[1, 2]])]])
  it.each([
    [
      {},
      'clip: how large the ball is is not said; expected exactly one of max, fraction, quantile, and norm with radius.',
    ],
    [
      { max: 1, fraction: 0.1 },
      'clip: 2 sizes are given (max, fraction); expected exactly one of max, fraction, quantile, and norm with radius.',
    ],
    [{ max: -1 }, 'clip: max is -1; expected a number of at least 0.'],
    [{ fraction: 1.5 }, 'clip: fraction is 1.5; expected a number from 0 to 1.'],
    [{ norm: 'l2' }, 'clip: a norm without its radius. Try norm l2 with radius 1.'],
    [{ max: 1, radius: 1 }, 'clip: a radius without its norm. Try norm l2 with radius 1.'],
    [{ max: 1, rule: 'article' }, 'clip: rule article goes with fraction. Try fraction: 0.1.'],
    [{ max: 1, per: 'layer' }, 'clip: per is "layer"; expected one of tensor, row, model.'],
    [
      { norm: 'spectral', radius: 1, per: 'model' },
      'clip: per model is for l1, l2 and linf, which are sums over all tensors; got spectral. Try per tensor.',
    ],
    [{ max: 1, minSize: -1 }, 'clip: minSize is -1; expected a whole number of at least 0.'],
  ] as [ClipOptions, string][])('%j', async (options, message) => {
    await expect(clip(dict, null, options)).rejects.toMatchObject({ message, exitCode: 2 })
  })

  it('retain', async () => {
    await expect(retain(dict, null, { fraction: 2 })).rejects.toMatchObject({
      message: 'retain: fraction is 2; expected a number from 0 to 1.',
      exitCode: 2,
    })
  })
})
