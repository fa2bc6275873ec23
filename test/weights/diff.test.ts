import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StateDict, tensor } from '../../src/tensor/index.js'
import {
  type DiffOptions,
  type DiffReport,
  type DiffTensor,
  diff,
  InterruptedError,
} from '../../src/weights/index.node.js'
import { random } from '../kernels/random.js'
import { hasShared, sharedPath } from '../shared.js'
import { noise, planted, safetensors, single } from './diff-files.js'

const oracle: unknown = JSON.parse(readFileSync(new URL('../oracle/diff.json', import.meta.url), 'utf8'))
const here: DiffOptions = { workers: 0 }
const whole = { ...here, spectra: 'exact' } as const

/** The one tensor `w` of two files. */
async function change(a: Uint8Array, b: Uint8Array, options: DiffOptions = here): Promise<DiffTensor> {
  const report = await diff(a, b, options)
  expect(report.tensors).toHaveLength(1)
  return report.tensors[0]!
}

const whys = ({ skipped }: DiffReport, what: string): string[] =>
  skipped.filter((one) => one.what === what).map(({ why }) => why)

describe('a hand-worked pair of files', () => {
  // w: a = [[3, 0], [0, 4]], b = [[3, 2], [0, 4]]: delta = [[0, 2], [0, 0]]. v: [1, 2] -> [1, 0].
  const a = safetensors({
    'x.w': { shape: [2, 2], values: [3, 0, 0, 4] },
    'y.v': { shape: [2], values: [1, 2] },
    gone: { shape: [1], values: [1] },
    grown: { shape: [2], values: [1, 1] },
  })
  const b = safetensors({
    'x.w': { shape: [2, 2], values: [3, 2, 0, 4] },
    'y.v': { shape: [2], values: [1, 0] },
    grown: { shape: [3], values: [1, 1, 1] },
    come: { shape: [1], values: [1] },
  })

  it('has every figure', async () => {
    const report = await diff(a, b, whole)
    expect(report).toMatchObject({
      command: 'diff',
      onlyA: ['gone'],
      onlyB: ['come'],
      shapeChanged: [{ name: 'grown', nameB: 'grown', shapeA: [2], shapeB: [3], hint: null }],
      totals: { tensors: 2, parameters: 6, changed: 2, deltaL1: 4, deltaLinf: 2, l1A: 10, l1B: 10, linfA: 4 },
    })
    const [v, w] = report.tensors
    expect(v).toMatchObject({ name: 'y.v', deltaL2: 2, changed: 1, deltaSpectral: null, delta: null })
    expect(v!.share).toBeCloseTo(0.5, 15)
    expect(v!.relative).toBeCloseTo(2 / Math.sqrt(5), 15)
    expect(v!.cosine).toBeCloseTo(1 / Math.sqrt(5), 15)
    expect(w).toMatchObject({ name: 'x.w', l2A: 5, deltaL1: 2, deltaL2: 2, deltaLinf: 2, relative: 0.4, changed: 1 })
    expect(w!.l2B).toBeCloseTo(Math.sqrt(29), 14)
    expect(w!.cosine).toBeCloseTo(25 / 5 / Math.sqrt(29), 15)
    expect(w!.deltaSpectral).toBeCloseTo(2, 14)
    expect(w!.deltaNuclear).toBeCloseTo(2, 14)
    expect(w!.deltaStableRank).toBeCloseTo(1, 14)
    expect(w!.delta!.rank).toBe(1)
    expect(w!.delta!.singularValues[1]).toBeCloseTo(0, 14)
    expect(report.totals.deltaL2).toBeCloseTo(Math.sqrt(8), 15)
    expect(report.totals.relative).toBeCloseTo(Math.sqrt(8 / 30), 15)
    expect(whys(report, 'delta')).toEqual(['has one axis; a matrix needs two'])
  })

  it('gathers modules, the whole first, with their share of the squared change', async () => {
    const { modules } = await diff(a, b, here)
    expect(modules.map(({ path, depth, share, tensors }) => [path, depth, Number(share.toFixed(12)), tensors])).toEqual(
      [
        ['', 0, 1, 2],
        ['x', 1, 0.5, 1],
        ['y', 1, 0.5, 1],
      ],
    )
  })
})

describe('what is not finite', () => {
  const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]

  it('NaN equals NaN, an infinity itself, -0 equals 0; norms are over what is finite in both', async () => {
    const report = await diff(single([nan, inf, -0, nan, 1, 5]), single([nan, inf, 0, 2, inf, 8]), here)
    expect(report.tensors[0]).toMatchObject({
      ...{ changed: 3, finite: 2, nonfiniteA: 3, nonfiniteB: 3 },
      ...{ deltaL1: 3, deltaL2: 3, deltaLinf: 3, l2A: 5, l2B: 8, relative: 0.6 },
    })
    expect(report.warnings).toEqual([
      '1 tensor holds NaN or infinite elements: their figures are over the positions where both sides are finite.',
    ])
  })

  it('has no spectrum, and says why', async () => {
    const report = await diff(single([1, nan, 3, 4], [2, 2]), single([1, 2, 3, 4], [2, 2]), whole)
    expect(report.tensors[0]).toMatchObject({ delta: null, deltaSpectral: null, angles: null })
    expect(whys(report, 'delta')).toEqual([
      'a holds 1 and b 0 elements that are NaN or infinite; a spectrum needs finite ones',
    ])
  })
})

describe('zeros and nothing', () => {
  it('0 to 0 is 0, 0 to something Infinity; the cosine is null with its reason', async () => {
    const zero = await diff(single([0, 0, 0, 0], [2, 2]), single([0, -0, 0, 0], [2, 2]), whole)
    expect(zero.tensors[0]).toMatchObject({ relative: 0, cosine: null, changed: 0, deltaSpectral: 0, deltaNuclear: 0 })
    expect(whys(zero, 'cosine')).toEqual(['a is zero'])
    expect(whys(zero, 'deltaStableRank')).toEqual(['the difference is zero'])
    const grown = await change(single([0, 0, 0, 0], [2, 2]), single([0, 0, 0, 2], [2, 2]), whole)
    expect(grown).toMatchObject({ relative: Number.POSITIVE_INFINITY, cosine: null, angles: null })
    expect(grown.deltaSpectral).toBeCloseTo(2, 14)
    const died = await diff(single([1, 2]), single([0, 0]), here)
    expect(whys(died, 'cosine')).toEqual(['b is zero'])
  })

  it('an empty tensor and an empty file differ by nothing', async () => {
    expect(await change(single([], [0, 3]), single([], [0, 3]), whole)).toMatchObject({
      count: 0,
      deltaL2: 0,
      delta: null,
    })
    const none = await diff(safetensors({}), safetensors({}), here)
    expect(none).toMatchObject({
      tensors: [],
      modules: [],
      totals: { tensors: 0, deltaL2: 0, relative: 0, cosine: null },
    })
  })

  it('a single number is compared', async () => {
    expect(await change(single([3], []), single([5], []))).toMatchObject({ shape: [], deltaL2: 2, cosine: 1 })
  })
})

describe('types', () => {
  it('bf16 and f16 against f32, f64 against f32', async () => {
    // 0x3f80 is 1 and 0xc040 -3 in bf16; 0x3c00 is 1 and 0xc200 -3 in f16.
    for (const [values, dtype] of [
      [[0x3f80, 0xc040], 'BF16'],
      [[0x3c00, 0xc200], 'F16'],
      [[1, -3], 'F64'],
      [[1, -3], 'I32'],
    ] as const)
      expect(await change(single([1, -2.5]), single(values, [2], dtype)), dtype).toMatchObject({
        ...{ changed: 1, deltaL1: 0.5, linfB: 3, dtypeB: dtype },
      })
  })

  it('whole numbers have figures, no spectrum, and no part in the totals', async () => {
    const report = await diff(single([1, 2], [1, 2], 'I64'), single([1, 5], [1, 2], 'I64'), whole)
    expect(report.tensors[0]).toMatchObject({ deltaL2: 3, share: null, delta: null })
    expect(report.totals.tensors).toBe(0)
    expect(whys(report, 'delta')).toEqual(['holds I64 values, not real floating-point numbers'])
  })

  it('f64 is compared to its last bit', async () => {
    expect(await change(single([1], [1], 'F64'), single([1 + 2 ** -52], [1], 'F64'))).toMatchObject({
      deltaL2: 2 ** -52,
    })
  })
})

describe('extreme scales', () => {
  it.each([1e-310, 1e-200, 1e-162, 1e-154, 1e150, 1e200, 1e300])('%s', async (scale) => {
    const a = [3, 0, 0, 4].map((x) => x * scale)
    const b = [3, 2, 0, 4].map((x) => x * scale)
    const tensor = await change(single(a, [2, 2], 'F64'), single(b, [2, 2], 'F64'), whole)
    expect(tensor.deltaL2 / scale).toBeCloseTo(2, 11)
    expect(tensor.relative).toBeCloseTo(0.4, 11)
    expect(tensor.cosine).toBeCloseTo(5 / Math.sqrt(29), 11)
    expect(tensor.deltaSpectral! / scale).toBeCloseTo(2, 9)
    expect(tensor.deltaNuclear! / scale).toBeCloseTo(2, 9)
  })
})

describe('laws', () => {
  const r = random(17)
  const make = (): Uint8Array =>
    single(
      Float32Array.from({ length: 6000 }, () => r.normal()),
      [60, 100],
    )
  const [a, b, c] = [make(), make(), make()]

  it('a and itself differ by nothing', async () => {
    const report = await diff(a, a, whole)
    expect(report.tensors[0]).toMatchObject({
      ...{ changed: 0, deltaL1: 0, deltaL2: 0, deltaLinf: 0, relative: 0, deltaSpectral: 0 },
      angles: { k: 4 },
    })
    expect(report.tensors[0]!.cosine).toBeCloseTo(1, 14)
    expect(Math.max(...report.tensors[0]!.angles!.left)).toBeLessThan(1e-7)
  })

  it('the norms of the difference are those of the other direction', async () => {
    const [there, back] = [await change(a, b, whole), await change(b, a, whole)]
    for (const key of ['deltaL1', 'deltaL2', 'deltaLinf', 'changed', 'cosine'] as const)
      expect(back[key]).toBe(there[key])
    expect(back.deltaSpectral).toBeCloseTo(there.deltaSpectral!, 10)
    expect(back.l2A).toBe(there.l2B)
    for (const [i, angle] of there.angles!.left.entries()) expect(back.angles!.left[i]).toBeCloseTo(angle, 7)
  })

  it('triangle inequality in every norm', async () => {
    const [ab, bc, ac] = [await change(a, b, whole), await change(b, c, whole), await change(a, c, whole)]
    for (const key of ['deltaL1', 'deltaL2', 'deltaLinf', 'deltaSpectral', 'deltaNuclear'] as const)
      expect(ac[key]!, key).toBeLessThanOrEqual(ab[key]! + bc[key]! + 1e-9)
  })

  it('the spectrum holds the difference: Frobenius norm, and a planted rank', async () => {
    const full = await change(a, b, whole)
    const squares = full.delta!.frobenius ** 2
    expect(squares).toBeCloseTo(full.deltaL2 ** 2, 6)
    const [u, v] = [noise(5, 60), noise(6, 100)]
    const base = noise(7, 6000)
    const moved = Float64Array.from(base, (x, at) => x + u[Math.floor(at / 100)]! * v[at % 100]!)
    const one = await change(single(base, [60, 100], 'F64'), single(moved, [60, 100], 'F64'), whole)
    expect(one.delta).toMatchObject({ rank: 1, energyRank: { '0.99': 1 } })
    expect(one.deltaStableRank).toBeCloseTo(1, 10)
  })

  it('estimates agree with exact values', async () => {
    const [one, other] = [single(planted(3, 150, 140, 0), [150, 140]), single(planted(3, 150, 140, 0.2), [150, 140])]
    const [exact, estimate] = [
      await change(one, other, whole),
      await change(one, other, { ...here, spectra: 'estimate' }),
    ]
    expect(estimate.delta!.method).toBe('estimate')
    expect(estimate.deltaSpectral! / exact.deltaSpectral!).toBeCloseTo(1, 6)
    expect(estimate.deltaNuclear).toBeNull()
  })

  it('backends agree', async () => {
    const [portable, auto] = [
      await change(a, b, { ...whole, backend: 'portable' }),
      await change(a, b, { ...whole, backend: 'auto' }),
    ]
    expect(portable.deltaNuclear! / auto.deltaNuclear!).toBeCloseTo(1, 10)
    expect(portable.angles!.gapA).toBeCloseTo(auto.angles!.gapA, 8)
  })
})

describe('angles between leading spaces, against SciPy', () => {
  interface Case {
    m: number
    n: number
    turn: number
    k: number
    left: number[]
    right: number[]
    gapA: number
    gapB: number
  }
  const { angles } = oracle as { angles: Case[] }
  for (const backend of ['portable', 'auto'] as const)
    it.each(angles)(`${backend}: $m x $n turned by $turn`, async ({ m, n, turn, ...expected }) => {
      const options = { ...whole, backend }
      const found = await change(single(planted(3, m, n, 0), [m, n]), single(planted(3, m, n, turn), [m, n]), options)
      const { k, left, right, gapA, gapB } = found.angles!
      expect(k).toBe(expected.k)
      // The smallest gap of these matrices magnifies rounding by less than 100.
      for (const [i, angle] of expected.left.entries()) expect(left[i]).toBeCloseTo(angle, 6)
      for (const [i, angle] of expected.right.entries()) expect(right[i]).toBeCloseTo(angle, 6)
      expect(gapA).toBeCloseTo(expected.gapA, 8)
      expect(gapB).toBeCloseTo(expected.gapB, 8)
    })
})

describe('options', () => {
  const [a, b] = [planted(3, 20, 10, 0), planted(3, 20, 10, 1)].map((values) =>
    safetensors({
      'm.one': { shape: [20, 10], values },
      'm.two': { shape: [200], values },
      other: { shape: [1], values: [1] },
    }),
  ) as [Uint8Array, Uint8Array]

  it('no spectra, no angles', async () => {
    const none = await diff(a, b, { ...here, spectra: 'none', tensors: 'm.one' })
    expect(none.tensors[0]).toMatchObject({ delta: null, deltaSpectral: null, angles: null })
    expect(whys(none, 'delta')).toEqual(['spectra were not asked for (--spectra none)'])
    expect(await diff(a, b, { ...whole, angles: 0, tensors: 'm.one' })).toMatchObject({ tensors: [{ angles: null }] })
    expect((await diff(a, b, { ...whole, angles: 2, tensors: 'm.one' })).tensors[0]!.angles!.left).toHaveLength(2)
  })

  it('globs choose by the names of either side', async () => {
    expect((await diff(a, b, { ...here, tensors: 'm' })).tensors.map(({ name }) => name).toSorted()).toEqual([
      'm.one',
      'm.two',
    ])
    await expect(diff(a, b, { ...here, tensors: 'n.*' })).rejects.toThrow(
      /^--tensors: 'n\.\*' matches none of the 3 tensors\./,
    )
  })

  it('sorts', async () => {
    const names = async (sort: string): Promise<string[]> =>
      (await diff(a, b, { ...here, sort })).tensors.map(({ name }) => name)
    expect(await names('name')).toEqual(['m.one', 'm.two', 'other'])
    expect((await names('relative')).at(-1)).toBe('other')
    expect((await names('cosine')).at(-1)).toBe('other')
    expect(await names('deltaSpectral')).toEqual(['m.one', 'm.two', 'other'])
    await expect(names('relativ')).rejects.toThrow("--sort: there is no 'relativ'. Did you mean 'relative'?")
  })

  it('failOver compares the largest relative change', async () => {
    const { check } = await diff(a, b, { ...here, failOver: 1e-3 })
    expect(check).toMatchObject({ failOver: 1e-3, failed: true })
    expect(['m.one', 'm.two']).toContain(check!.worst)
    expect((await diff(a, a, { ...here, failOver: 0 })).check).toMatchObject({ failed: false, relative: 0 })
    expect((await diff(a, a, here)).check).toBeNull()
  })

  it('refuses what is impossible', async () => {
    const refused = (options: object): Promise<unknown> => diff(a, b, options).catch((error: Error) => error.message)
    expect(await refused({ angles: -1 })).toBe('diff: angles is -1; expected a whole number from 0 to 64.')
    expect(await refused({ match: 'magic' })).toBe('diff: match is "magic"; expected names or shape.')
    expect(await refused({ loraAlpha: 0 })).toBe('diff: loraAlpha is 0; expected a number above 0.')
    expect(await refused({ failOver: Number.NaN })).toBe('diff: failOver is NaN; expected a number of at least 0.')
    expect(await refused({ spectra: 'all' })).toBe(
      'diff: spectra is "all"; expected one of auto, exact, estimate, none.',
    )
    expect(await refused({ map: { x: 1 } })).toBe(
      'diff: map is object; expected an object of names of a and names of b.',
    )
  })

  it('stops when it is told to, and tells how far it is', async () => {
    const stop = new AbortController()
    stop.abort()
    await expect(diff(a, b, { signal: stop.signal })).rejects.toBeInstanceOf(InterruptedError)
    const seen: string[] = []
    await diff(a, b, { ...here, onProgress: ({ phase }) => seen.push(phase) })
    expect(seen.slice(0, 2)).toEqual(['open', 'open'])
    expect(seen.at(-1)).toBe('measure')
  })
})

it('state dicts are compared as files are', async () => {
  const dict = new StateDict([
    [
      'w',
      tensor([
        [3, 0],
        [0, 4],
      ]),
    ],
  ])
  try {
    const report = await diff(dict, single([3, 2, 0, 4], [2, 2]), whole)
    expect(report.tensors[0]).toMatchObject({ deltaL2: 2, relative: 0.4 })
  } finally {
    dict.dispose()
  }
})

/** Very large tensors are cut into parts where no spectrum is wanted. */
it('parts of a large tensor give the whole', async () => {
  const count = 17 * 2 ** 20
  const a = new Float32Array(count).fill(1)
  const b = a.slice()
  b[0] = 3
  b[count - 1] = 4
  const tensor = await change(single(a), single(b), { ...here, spectra: 'none' })
  expect(tensor).toMatchObject({ count, finite: count, changed: 2, deltaL1: 5, deltaLinf: 3, l1A: count })
  expect(tensor.deltaL2).toBeCloseTo(Math.sqrt(13), 12)
})

it('shards are one model, whatever the split', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'normball-diff-'))
  try {
    const tensors = { x: { shape: [4], values: [1, 2, 3, 4] }, y: { shape: [2, 2], values: [1, 0, 0, 1] } }
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const
    writeFileSync(join(folder, names[0]), safetensors({ x: tensors.x }))
    writeFileSync(join(folder, names[1]), safetensors({ y: { shape: [2, 2], values: [1, 0, 0, 3] } }))
    const index = { metadata: {}, weight_map: { x: names[0], y: names[1] } }
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
    for (const workers of [0, 1]) {
      const whole = await diff(safetensors(tensors), folder, { workers })
      expect(whole).toMatchObject({ onlyA: [], onlyB: [], totals: { changed: 1, deltaL2: 2 } })
      const back = await diff(join(folder, 'model.safetensors.index.json'), safetensors(tensors), { workers })
      expect(back.totals.deltaL2).toBe(2)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

describe.skipIf(!hasShared)('every format of the same weights', () => {
  const files = [
    'digits-step0800.safetensors',
    'digits-step0800.npz',
    'digits-step0800.onnx',
    'digits-step0800-legacy.pt',
    'digits-step0800-train.pt',
  ]
  const pairs = files.flatMap((a, at) => files.slice(at + 1).map((b) => [a, b] as const))
  it.each(pairs)('%s and %s hold the same', async (a, b) => {
    const paths = [a, b].map((name) => sharedPath('data', 'checkpoints', name)) as [string, string]
    const report = await diff(...paths, { ...here, spectra: 'none' })
    const weights = report.tensors.filter(({ share }) => share !== null)
    expect(weights.length).toBeGreaterThanOrEqual(10)
    expect(report.totals).toMatchObject({ changed: 0, deltaL2: 0, relative: 0 })
    expect(report.shapeChanged).toEqual([])
  })

  it('half precision costs what it costs, also through a compressed archive', async () => {
    const path = (name: string): string => sharedPath('data', 'checkpoints', name)
    const one = await diff(path('digits-step0800.safetensors'), path('digits-step0800-f16.safetensors'), here)
    const other = await diff(path('digits-step0800.safetensors'), path('digits-step0800-compressed-f16.npz'), here)
    expect(one.totals.relative).toBeGreaterThan(1e-5)
    expect(one.totals.relative).toBeLessThan(2 ** -11)
    const deltas = ({ tensors }: DiffReport): [string, number][] =>
      tensors
        .filter(({ share }) => share !== null)
        .map(({ name, deltaL2 }): [string, number] => [name, deltaL2])
        .toSorted()
    expect(deltas(other)).toEqual(deltas(one))
  })
})

describe.skipIf(!hasShared)('quantization damage', () => {
  it('every GGUF type against the weights it was made of: fewer bits, larger error', async () => {
    const path = (name: string): string => sharedPath('data', 'checkpoints', name)
    const types = ['f32', 'bf16', 'f16', 'q8_0', 'q6_K', 'q5_K', 'q4_K', 'q3_K', 'q2_K']
    const map = Object.fromEntries(types.map((type) => [`fc1.weight.${type}`, 'fc1.weight']))
    const files = [path('lab-alltypes.gguf'), path('digits-step0800.safetensors')] as const
    const { tensors } = await diff(...files, { ...here, map, spectra: 'none', tensors: 'fc1.weight.*' })
    const relative = (type: string): number => tensors.find(({ name }) => name === `fc1.weight.${type}`)!.relative
    expect(relative('f32')).toBe(0)
    // Uniform rounding within a half step: 8 bits over blocks of 32 cost below 1 %, each bit less about doubles it.
    for (const [i, type] of types.slice(3).entries()) {
      expect(relative(type), type).toBeGreaterThan(i === 0 ? relative('f16') : relative(types[i + 2]!))
      expect(relative(type), type).toBeLessThan(0.01 * 2.3 ** i)
    }
    expect(relative('f16')).toBeLessThan(2 ** -11)
    expect(relative('bf16')).toBeLessThan(2 ** -8)
  })
})
