/** `compress` from input to output: what is stored, what is said of it, what is refused. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { load, save } from '../../src/checkpoint/index.node.js'
import { matmul, memory, StateDict, scope, sub, type Tensor, tensor, to } from '../../src/tensor/index.node.js'
import type { Spread } from '../../src/weights/edit/compress/index.js'
import { compressEdit, nodeEnvironment, runEdit } from '../../src/weights/edit/index.node.js'
import { type CompressDetails, compress, convert, type EditReport } from '../../src/weights/index.node.js'
import { gaussian, jacobi, withSpectrum } from './matrices.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-compress-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string): string => join(folder, name)

type Values = ArrayLike<number>

/** A state dict of f32 tensors, or f64. */
function dictOf(
  tensors: Record<string, readonly [Values, readonly number[]]>,
  dtype: 'f32' | 'f64' = 'f32',
): StateDict {
  const dict = new StateDict()
  for (const [name, [values, shape]] of Object.entries(tensors))
    dict.set(name, tensor(Float64Array.from(values), { shape: [...shape], dtype }).keep())
  return dict
}

const detailsOf = (report: EditReport, name: string): CompressDetails =>
  report.tensors.find((one) => one.name === name)!.details as unknown as CompressDetails

const norm = (x: Tensor): number => Math.sqrt(to(x, 'f64').square().sum().item())

/** A net of layers with spectra that fall at different speeds. */
function net(dtype: 'f32' | 'f64' = 'f32'): StateDict {
  const falling = (n: number, rate: number): number[] => Array.from({ length: n }, (_, i) => Math.exp(-rate * i))
  return dictOf(
    {
      'fc1.weight': [withSpectrum(falling(20, 0.4), 20, 30, 1), [20, 30]],
      'fc1.bias': [gaussian(2, 20), [20]],
      'conv.weight': [withSpectrum(falling(16, 0.05), 16, 27, 3), [16, 3, 3, 3]],
      'conv.bias': [gaussian(4, 16), [16]],
      'fc2.weight': [withSpectrum(falling(12, 0.2), 40, 12, 5), [40, 12]],
    },
    dtype,
  )
}

describe('compress', () => {
  it('by hand: the strongest direction of diag(1, 2, 3), shared by both factors', async () => {
    const input = dictOf({
      'fc.weight': [
        [1, 0, 0, 0, 2, 0, 0, 0, 3],
        [3, 3],
      ],
      'fc.bias': [[7, 8, 9], [3]],
    })
    const output = new StateDict()
    const report = await compress(input, output, { rank: 1 })
    expect([...output.keys()]).toEqual(['fc.0.weight', 'fc.1.weight', 'fc.1.bias'])
    expect(Array.from(output.get('fc.0.weight')!.toArray(), Math.abs)).toEqual([0, 0, Math.fround(Math.sqrt(3))])
    expect(Array.from(output.get('fc.1.weight')!.toArray(), Math.abs)).toEqual([0, 0, Math.fround(Math.sqrt(3))])
    expect(Array.from(output.get('fc.1.bias')!.toArray())).toEqual([7, 8, 9])
    const [one] = report.tensors
    expect(one).toMatchObject({ edited: true, note: 'two factors of rank 1 of 3', outputs: [{ name: 'fc.0.weight', shape: [1, 3] }, { name: 'fc.1.weight', shape: [3, 1] }] }) // biome-ignore format: one object
    expect(one!.relativeError).toBeCloseTo(Math.sqrt(5 / 14), 7)
    expect(one!.details).toEqual({
      ...{ rank: 1, fullRank: 3, breakEvenRank: 1.5 },
      energyKept: expect.closeTo(9 / 14, 12),
      error: expect.closeTo(Math.sqrt(5), 12),
      errorRelative: expect.closeTo(Math.sqrt(5 / 14), 12),
      ...{ weighedError: null, weighedErrorRelative: null },
      ...{ parametersBefore: 9, parametersAfter: 6, multiplyAddsBefore: 9, multiplyAddsAfter: 6, method: 'gram' },
      pytorch: 'model.fc = nn.Sequential(nn.Linear(3, 1, bias=False), nn.Linear(1, 3))',
    })
    expect(report.record['modules']).toEqual({ 'fc.weight': one!.details['pytorch'] })
    input.dispose()
    output.dispose()
  })

  it('a layer is left alone, bias and all, where nothing is gained', async () => {
    const input = dictOf({ 'fc.weight': [gaussian(1, 16), [4, 4]], 'fc.bias': [gaussian(2, 4), [4]] })
    const output = new StateDict()
    const report = await compress(input, output, { rank: 2 })
    expect([...output.keys()]).toEqual(['fc.weight', 'fc.bias'])
    expect(report.tensors[0]).toMatchObject({
      edited: false,
      note: 'left alone: rank 2 would gain nothing, two factors have fewer parameters under rank 2 only',
      details: { rank: null, error: 0 },
    })
    input.dispose()
    output.dispose()
  })

  /** Storing the factors, or their product, rounds each number by half of this. */
  const eps = { f64: 2 ** -52, f32: 2 ** -23, f16: 2 ** -10, bf16: 2 ** -7 } as const

  it.each(['f64', 'f32', 'f16', 'bf16'] as const)(
    'law: the error is the tail of the spectrum, and what storage as %s adds',
    async (type) => {
      const dict = net('f64')
      const source = file(`net-${type}.safetensors`)
      await convert(dict, source, { dtype: type })
      dict.dispose()
      const stored = await load(source)
      for (const dense of [false, true]) {
        const target = file(`small-${type}-${dense}.safetensors`)
        const report = await compress(source, target, { rank: 3, dense, groups: { '*': 1 } })
        const result = await load(target)
        scope(() => {
          for (const [name, m, n] of [
            ['fc1', 20, 30],
            ['conv', 16, 27],
            ['fc2', 40, 12],
          ] as const) {
            const W = to(stored.get(`${name}.weight`)!, 'f64').reshape([m, n])
            const sigma = jacobi(W.toArray(), m, n)
            const tail = Math.hypot(...sigma.slice(3))
            const product = dense
              ? to(result.get(`${name}.weight`)!, 'f64').reshape([m, n])
              : matmul(
                  to(result.get(`${name}.1.weight`)!, 'f64').reshape([m, 3]),
                  to(result.get(`${name}.0.weight`)!, 'f64').reshape([3, n]),
                )
            const error = norm(sub(W, product))
            const rounding = 8 * eps[type] * Math.hypot(...sigma)
            expect(Math.abs(error - tail), name).toBeLessThan(rounding)
            const one = report.tensors.find((tensor) => tensor.name === `${name}.weight`)!
            // What is reported is measured on what is stored.
            expect(Math.abs(one.delta.l2 - error), name).toBeLessThan(1e-6 * Math.hypot(...sigma))
            expect(Math.abs(Number(one.details['error']) - tail), name).toBeLessThan(1e-6 * tail)
            expect(one.storage).toBe(type)
            expect(one.details['method']).toBe(type === 'f64' ? 'svd' : 'gram')
          }
        })
        result.dispose()
      }
      stored.dispose()
    },
  )

  it('energy and error take the least rank that does', async () => {
    const input = net()
    for (const options of [{ energy: 0.9 }, { energy: 0.99 }, { maxError: 0.3 }, { maxError: 0.05 }]) {
      const report = await compress(input, null, { ...options, dense: true })
      for (const name of ['fc1.weight', 'conv.weight', 'fc2.weight']) {
        const [W, { rank, energyKept, errorRelative }] = [input.get(name)!, detailsOf(report, name)]
        const [m, n] = [W.shape[0]!, W.size / W.shape[0]!]
        const squares = jacobi(W.toArray(), m, n).map((value) => value ** 2)
        const whole = squares.reduce((a, b) => a + b, 0)
        const kept = (k: number): number => squares.slice(0, k).reduce((a, b) => a + b, 0) / whole
        const share = 'energy' in options ? options.energy! : 1 - options.maxError! ** 2
        if (rank === null) continue
        expect(kept(rank)).toBeGreaterThanOrEqual(share - 1e-9)
        expect(kept(rank - 1)).toBeLessThan(share)
        expect(energyKept).toBeCloseTo(kept(rank), 6)
        expect(errorRelative! ** 2).toBeCloseTo(1 - kept(rank), 6)
      }
    }
    input.dispose()
  })

  it.each(['absolute', 'relative'] as const)('a budget is kept to, and its bound holds: %s', async (weigh) => {
    const input = net()
    const whole = [...input.values()].reduce((sum, { size }) => sum + size, 0)
    let before = Number.POSITIVE_INFINITY
    for (const budget of [0.25, 0.4, 0.5, 0.7, 0.9, 1]) {
      const output = new StateDict()
      const report = await compress(input, output, { budget, weigh, groups: { '*': 1 } })
      const spread = report.record['spread'] as Spread
      const kept = [...output.values()].reduce((sum, { size }) => sum + size, 0)
      expect(spread).toMatchObject({
        of: 'model',
        share: budget,
        weigh,
        parameters: kept,
        allowed: Math.floor(budget * whole),
      })
      expect(kept).toBeLessThanOrEqual(budget * whole)
      expect(spread.shareOfModel).toBeCloseTo(kept / whole, 12)
      const errors = ['fc1.weight', 'conv.weight', 'fc2.weight'].map((name) => {
        const one = report.tensors.find((tensor) => tensor.name === name)!
        return weigh === 'absolute' ? one.delta.l2 : one.relativeError
      })
      expect(Math.hypot(...errors)).toBeCloseTo(spread.error, 5)
      expect(spread.bound).toBeLessThanOrEqual(spread.error)
      expect(spread.error).toBeLessThanOrEqual(before)
      before = spread.error
      output.dispose()
    }
    input.dispose()
  })

  it('a budget counts the tensors chosen where some are, and says what it cannot do', async () => {
    const input = net()
    const report = await compress(input, null, { budget: 0.5, tensors: 'fc1.weight' })
    expect(report.record['spread']).toMatchObject({
      of: 'chosen',
      allowed: 300,
      shareOfChosen: expect.closeTo(0.5, 12),
    })
    await expect(compress(input, null, { budget: 0.05, tensors: 'fc1.weight' })).rejects.toThrow(
      'compress: --budget 0.05 of the 600 parameters of the tensors chosen allows 30, and rank 1 throughout leaves 50. Try a larger budget.',
    )
    input.dispose()
  })

  it('activations from a file weigh the error, and both norms are told', async () => {
    const input = net()
    const X = dictOf({ 'fc1.weight': [gaussian(9, 8 * 30), [8, 30]] })
    await save(file('calib.npz'), X)
    const output = new StateDict()
    const report = await compress(input, output, { rank: 2, tensors: 'fc1.weight', activations: file('calib.npz') })
    const plain = await compress(input, null, { rank: 2, tensors: 'fc1.weight' })
    scope(() => {
      const product = matmul(output.get('fc1.1.weight')!, output.get('fc1.0.weight')!)
      const seen = (E: Tensor): number =>
        norm(matmul(to(E, 'f64'), to(X.get('fc1.weight')!, 'f64').transpose())) / Math.sqrt(8)
      const details = detailsOf(report, 'fc1.weight')
      const error = seen(sub(input.get('fc1.weight')!, product))
      expect(details.error).toBeNull()
      expect(details.weighedError! / error).toBeCloseTo(1, 4)
      expect(details.weighedErrorRelative! / (error / seen(input.get('fc1.weight')!))).toBeCloseTo(1, 4)
    })
    expect(report.record['activations']).toEqual(['fc1.weight'])
    expect(report.tensors[0]!.delta.l2).toBeGreaterThan(plain.tensors[0]!.delta.l2)
    for (const dict of [input, output, X]) dict.dispose()
  })

  it('the same input gives the same bytes, and nothing stays in memory', async () => {
    const input = net()
    const before = memory().tensors
    await compress(input, file('a.safetensors'), { budget: 0.5 })
    await compress(input, file('b.safetensors'), { budget: 0.5 })
    expect(readFileSync(file('a.safetensors')).equals(readFileSync(file('b.safetensors')))).toBe(true)
    await expect(compress(input, null, { budget: 0.01 })).rejects.toThrow('rank 1 throughout')
    expect(memory().tensors).toBe(before)
    input.dispose()
  })

  it('bases that are not kept are made again, to the same bits', async () => {
    const input = net()
    const [kept, again] = [new StateDict(), new StateDict()]
    const options = { budget: 0.5, groups: { '*': 1 } }
    const before = memory().tensors
    for (const [output, bytes] of [
      [kept, 2 ** 30],
      [again, 0],
    ] as const)
      await runEdit(nodeEnvironment, compressEdit(options, bytes), input, output, {})
    expect([...again.keys()]).toEqual([...kept.keys()])
    for (const [name, x] of kept) expect(again.get(name)!.toArray(), name).toEqual(x.toArray())
    expect(memory().tensors - before).toBe(kept.size + again.size)
    for (const dict of [input, kept, again]) dict.dispose()
  })

  it('the dense result is the product of the factors, and of rank k', async () => {
    const input = net('f64')
    const [two, one] = [new StateDict(), new StateDict()]
    await compress(input, two, { rank: 4, tensors: 'fc2.weight' })
    await compress(input, one, { rank: 4, tensors: 'fc2.weight', dense: true })
    scope(() => {
      const product = matmul(two.get('fc2.1.weight')!, two.get('fc2.0.weight')!)
      expect(norm(sub(product, one.get('fc2.weight')!))).toBeLessThan(1e-14)
      expect(jacobi(product.toArray(), 40, 12)[4]).toBeLessThan(1e-14)
    })
    // Projected again it is itself.
    const again = new StateDict()
    const report = await compress(one, again, { rank: 4, tensors: 'fc2.weight', dense: true })
    expect(report.tensors.find(({ name }) => name === 'fc2.weight')!.relativeError).toBeLessThan(1e-14)
    for (const dict of [input, two, one, again]) dict.dispose()
  })

  it('an element that is not finite is an error, or the layer is left alone', async () => {
    const input = dictOf({
      'fc.weight': [
        [1, Number.NaN, 0, 0, 2, 0, 0, 0, 3],
        [3, 3],
      ],
    })
    await expect(compress(input, null, { rank: 1 })).rejects.toThrow(
      /^compress: tensor 'fc.weight' holds NaN at element 1;/,
    )
    const report = await compress(input, null, { rank: 1, allowNonfinite: true })
    expect(report.tensors[0]).toMatchObject({
      edited: false,
      note: 'left alone: it holds elements that are not finite',
    })
    input.dispose()
  })

  it('zero matrices', async () => {
    const input = dictOf({ 'fc.weight': [new Float64Array(80), [8, 10]] })
    const output = new StateDict()
    const report = await compress(input, output, { energy: 0.9 })
    expect(report.tensors[0]).toMatchObject({ relativeError: 0, details: { rank: 1, errorRelative: 0, energyKept: 1 } })
    expect(
      output
        .get('fc.0.weight')!
        .toArray()
        .every((value) => value === 0),
    ).toBe(true)
    input.dispose()
    output.dispose()
  })

  it.each([
    [{}, 'compress: it is not said how far. Try --rank 32, --energy 0.95, --max-error 0.1 or --budget 0.5.'],
    [{ rank: 2, energy: 0.9 }, 'compress: got --rank and --energy; expected one of them.'],
    [{ rank: 2.5 }, 'compress: --rank is 2.5; expected a whole number, or a fraction of the full rank under 1.'],
    [{ energy: 1.5 }, 'compress: --energy is 1.5; expected a share of at most 1.'],
    [{ budget: 0 }, 'compress: --budget is 0; expected a number above 0.'],
    [{ rank: 1, weigh: 'relative' }, 'compress: --weigh and --budget-of belong to --budget. Try --budget 0.5.'],
    [{ rank: 1, groups: { '*': 0 } }, "compress: --groups '*' is 0; expected a whole number of at least 1."],
  ] as const)('refuses %j', async (options, message) => {
    const input = dictOf({ 'fc.weight': [gaussian(1, 16), [4, 4]] })
    await expect(compress(input, null, options)).rejects.toThrow(message)
    input.dispose()
  })

  it('refuses activations of what is not compressed, and a sum of errors of two kinds', async () => {
    const input = net()
    const X = dictOf({ 'fc1.wieght': [gaussian(9, 60), [2, 30]] })
    await expect(compress(input, null, { rank: 2, activations: X })).rejects.toThrow(
      "compress: the activations name 'fc1.wieght', which is no tensor that is compressed. Did you mean 'fc1.weight'?",
    )
    const Y = dictOf({ 'fc1.weight': [gaussian(9, 60), [2, 30]] })
    await expect(compress(input, null, { budget: 0.5, activations: Y })).rejects.toThrow(
      "compress: --budget sums errors, and 'conv.weight' has no activations to weigh its error by as others have. Try --weigh relative, or --tensors.",
    )
    for (const dict of [input, X, Y]) dict.dispose()
  })
})
