import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { flagTable, flagTensors, resolveThresholds } from '../../src/weights/flags/index.js'
import type { Flag } from '../../src/weights/index.js'
import { gaussian, uniform } from './matrices.js'
import { engines, measure, type TensorSpec } from './support.js'

const { engine } = (await engines())[0]!
const defaults = resolveThresholds({})

async function flagsOf(values: ArrayLike<number>, spec: TensorSpec, thresholds = defaults): Promise<Flag[]> {
  const measured = await measure(engine, values, spec)
  flagTensors([measured], thresholds)
  return measured.figures.flags
}

const codes = (flags: readonly Flag[]): string[] => flags.map(({ severity, code }) => `${severity} ${code}`)

/** He initialization for [out, in]. */
function he(seed: number, out: number, fan: number): Float64Array {
  return gaussian(seed, out * fan).map((value) => value * Math.sqrt(2 / fan))
}

const shape = [64, 96] as const
const layer: TensorSpec = { shape, name: 'encoder.layers.3.weight', kind: 'linear' }
const healthy = (seed = 1): Float64Array => he(seed, ...shape)
const edit = (values: Float64Array, change: (values: Float64Array) => void): Float64Array => {
  change(values)
  return values
}

describe('healthy tensors are quiet', () => {
  const next = uniform(60)
  const sparse = Float64Array.from({ length: 6144 }, next)
  const ones = (count: number) => new Float64Array(count).fill(1)
  const table: readonly { name: string; values: Float64Array; spec: TensorSpec }[] = [
    { name: 'He initialization', values: healthy(), spec: layer },
    {
      name: 'GPT-2 initialization',
      values: gaussian(2, 256 * 64).map((x) => 0.02 * x),
      spec: { ...layer, shape: [64, 256] },
    },
    { name: 'heavy tails of training', values: gaussian(3, 64 * 96).map((x) => 0.05 * x * Math.abs(x)), spec: layer },
    { name: 'wide', values: he(4, 16, 1024), spec: { ...layer, shape: [16, 1024] } },
    { name: 'square in f64', values: he(5, 90, 90), spec: { ...layer, shape: [90, 90], type: 'f64' } },
    { name: 'pruned at random', values: healthy(6).map((x, i) => (sparse[i]! < 0.2 ? x : 0)), spec: layer },
    { name: 'kernel', values: he(7, 32, 144), spec: { ...layer, shape: [32, 16, 3, 3], kind: 'conv' } },
    { name: 'depthwise kernel', values: gaussian(8, 288), spec: { ...layer, shape: [32, 1, 3, 3], kind: 'conv' } },
    { name: 'layer norm weight', values: ones(64), spec: { shape: [64], name: 'ln.weight', kind: 'norm' } },
    { name: 'zero bias', values: new Float64Array(64), spec: { shape: [64], name: 'fc.bias', kind: 'bias' } },
    {
      name: 'running mean at start',
      values: new Float64Array(64),
      spec: { shape: [64], name: 'bn.running_mean', kind: 'state' },
    },
    {
      name: 'large running variance',
      values: gaussian(9, 64).map((x) => 1e4 * x * x),
      spec: { shape: [64], name: 'bn.running_var', kind: 'state' },
    },
    {
      name: 'embedding with outlier dimension',
      values: edit(
        gaussian(10, 100 * 32).map((x) => 0.02 * x),
        (v) => {
          for (let i = 7; i < v.length; i += 32) v[i] = 0.2 + v[i]!
        },
      ),
      spec: { shape: [100, 32], name: 'wte.weight', kind: 'embedding' },
    },
    { name: 'output head of one unit', values: he(11, 1, 128), spec: { ...layer, shape: [1, 128] } },
    {
      name: 'optimizer state',
      values: new Float64Array(6144),
      spec: { ...layer, name: 'optimizer.exp_avg', group: 'optimizer', kind: 'state' },
    },
    {
      name: 'constant of the graph',
      values: new Float64Array(64).fill(7),
      spec: { shape: [8, 8], name: 'Constant_1', kind: 'constant' },
    },
    { name: 'temperature', values: Float64Array.of(4.6), spec: { shape: [], name: 'logit_scale', kind: 'scalar' } },
  ]
  for (const { name, values, spec } of table)
    test(name, async () => expect(codes(await flagsOf(values, spec))).toEqual([]))

  test('an infinite constant and a causal mask are information', async () => {
    expect(codes(await flagsOf([-Infinity], { shape: [], name: 'Constant_7', kind: 'constant' }))).toEqual(['info inf'])
    const mask = Float64Array.from({ length: 64 }, (_, i) => (i % 8 > i / 8 ? -Infinity : 0))
    expect(codes(await flagsOf(mask, { shape: [8, 8], name: 'attn_mask', kind: 'unknown' }))).toEqual(['info inf'])
  })

  test('layers that begin at zero, and a padding row, are information', async () => {
    const zeros = new Float64Array(6144)
    expect(codes(await flagsOf(zeros, { ...layer, name: 'q.lora_B.weight' }))).toEqual(['info all-zero'])
    const padded = edit(gaussian(12, 100 * 32), (v) => v.fill(0, 0, 32))
    expect(codes(await flagsOf(padded, { shape: [100, 32], name: 'emb.weight', kind: 'embedding' }))).toEqual([
      'info dead-rows',
    ])
  })
})

/** Faults that can be planted anywhere, and the flag each must raise. */
const faults: readonly {
  code: string
  severity: string
  plant(values: Float64Array, next: () => number): void
  spec?: Partial<TensorSpec>
}[] = [
  {
    code: 'nan',
    severity: 'error',
    plant: (v, next) => {
      v[Math.floor(next() * v.length)] = Number.NaN
    },
  },
  {
    code: 'inf',
    severity: 'error',
    plant: (v, next) => {
      v[Math.floor(next() * v.length)] = next() < 0.5 ? Infinity : -Infinity
    },
  },
  {
    code: 'all-zero',
    severity: 'warning',
    plant: (v) => {
      v.fill(0)
    },
  },
  {
    code: 'constant',
    severity: 'warning',
    plant: (v, next) => {
      v.fill(0.01 + next())
    },
  },
  {
    code: 'dead-rows',
    severity: 'warning',
    plant: (v, next) => {
      const r = Math.floor(next() * 64)
      v.fill(0, r * 96, r * 96 + 96)
    },
  },
  {
    code: 'dead-columns',
    severity: 'warning',
    plant: (v, next) => {
      const c = Math.floor(next() * 96)
      for (let i = c; i < v.length; i += 96) v[i] = 0
    },
  },
  {
    code: 'exploding-scale',
    severity: 'warning',
    plant: (v, next) => {
      const f = 40 + 400 * next()
      v.forEach((x, i) => {
        v[i] = f * x
      })
    },
  },
  {
    code: 'exploding-scale',
    severity: 'error',
    plant: (v, next) => {
      const f = 1e4 * (1 + next())
      v.forEach((x, i) => {
        v[i] = f * x
      })
    },
  },
  {
    code: 'vanishing-scale',
    severity: 'warning',
    plant: (v, next) => {
      const f = 1e-3 * (1 + next())
      v.forEach((x, i) => {
        v[i] = f * x
      })
    },
  },
  {
    code: 'outliers',
    severity: 'warning',
    plant: (v, next) => {
      v[Math.floor(next() * v.length)] = 100 * Math.sqrt(2 / 96)
    },
  },
  {
    code: 'near-overflow',
    severity: 'warning',
    plant: (v, next) => {
      v[Math.floor(next() * v.length)] = 1e38 * (1 + next())
    },
  },
  {
    code: 'subnormal',
    severity: 'warning',
    plant: (v) => {
      v.forEach((x, i) => {
        v[i] = 1e-40 * x
      })
    },
  },
  {
    code: 'rank-deficient',
    severity: 'info',
    plant: (v, next) => {
      const r = 1 + Math.floor(next() * 63)
      v.copyWithin(r * 96, 0, 96)
    },
  },
  {
    code: 'rank-deficient',
    severity: 'warning',
    plant: (v) => {
      for (let r = 32; r < 64; r++) v.copyWithin(r * 96, (r - 32) * 96, (r - 31) * 96)
    },
  },
  {
    code: 'dominant-direction',
    severity: 'warning',
    plant: (v) => {
      v.forEach((x, i) => {
        v[i] = x + 1
      })
    },
  },
]

describe('planted faults are found', () => {
  for (const { code, severity, plant, spec } of faults)
    for (const seed of [21, 22, 23])
      test(`${severity} ${code}, seed ${seed}`, async () => {
        const flags = await flagsOf(
          edit(healthy(seed), (values) => plant(values, uniform(seed))),
          { ...layer, ...spec },
        )
        expect(codes(flags)).toContain(`${severity} ${code}`)
        for (const { message } of flags) expect(message).toMatch(/^.{40,400}\.$/)
      })

  test('saturated 8-bit codes', async () => {
    const codesOf = (limit: number) =>
      gaussian(31, 6144).map((x) => Math.max(-127, Math.min(127, Math.round(x * limit))))
    expect(codes(await flagsOf(codesOf(30), { ...layer, type: 'i8' }))).toEqual([])
    expect(codes(await flagsOf(codesOf(90), { ...layer, type: 'i8' }))).toEqual(['warning saturated'])
    const f8 = Uint8Array.from({ length: 6144 }, (_, i) => (i % 40 === 0 ? 0x7e : 0x20 + (i % 64)))
    const flags = await flagsOf(f8, { ...layer, type: 'f8_e4m3fn' })
    expect(codes(flags)).toContain('warning saturated')
  })

  test('a negative variance', async () => {
    const values = edit(gaussian(32, 64).map(Math.abs), (v) => {
      v[3] = -1e-3
    })
    const flags = await flagsOf(values, { shape: [64], name: 'bn.running_var', kind: 'state' })
    expect(codes(flags)).toEqual(['error negative-variance'])
  })

  test('dead channels of kernels are counted by channel', async () => {
    const kernel = he(33, 8, 36)
    kernel.fill(0, 36, 72)
    for (let o = 0; o < 8; o++) kernel.fill(0, o * 36 + 18, o * 36 + 27)
    const flags = await flagsOf(kernel, { ...layer, shape: [8, 4, 3, 3], kind: 'conv' })
    const messages = flags.filter(({ code }) => code.startsWith('dead')).map(({ message }) => message)
    expect(messages).toEqual([
      '1 of 8 output channels (12.5 %) have only zero weights: 1. They can be cut out at no loss, or were lost in training.',
      '1 of 4 inputs (25 %) have only zero weights: 2. They can be cut out at no loss, or were lost in training.',
    ])
  })

  test('output axis of [in, out] weights', async () => {
    const values = he(34, 96, 64)
    for (let i = 5; i < values.length; i += 96) values[i] = 0
    const flags = await flagsOf(values, { ...layer, shape: [64, 96], outAxis: 1 })
    expect(codes(flags)).toEqual(['warning dead-rows'])
    expect(flags[0]!.message).toMatch(/^1 of 96 outputs \(1\.04 %\) have only zero weights: 5\./)
  })

  test('lines emptied by random pruning are information', async () => {
    const next = uniform(36)
    const values = he(36, 64, 16).map((x) => (next() < 0.15 ? x : 0))
    const flags = await flagsOf(values, { ...layer, shape: [64, 16] })
    expect(codes(flags).filter((code) => code.includes('dead'))).toEqual(['info dead-rows'])
  })

  test('a rank that dead lines explain has no flag of its own', async () => {
    const kernel = he(37, 32, 27)
    kernel.fill(0, 0, 27 * 8)
    const flags = await flagsOf(kernel, { ...layer, shape: [32, 3, 3, 3], kind: 'conv' })
    expect(codes(flags)).toEqual(['warning dead-rows'])
    const gpt2 = gaussian(38, 40 * 60).map((x, i) => (i % 60 < 30 ? 0 : 0.1 * x))
    expect(codes(await flagsOf(gpt2, { ...layer, shape: [40, 60], outAxis: 1 }))).toEqual(['warning dead-rows'])
  })

  test('the most severe flag comes first', async () => {
    const values = edit(healthy(35), (v) => {
      v[0] = Number.NaN
      v.fill(0, 96, 192)
      v[5] = 1e4
    })
    const flags = await flagsOf(values, layer)
    expect(flags[0]).toEqual({
      code: 'nan',
      severity: 'error',
      message:
        '1 of 6144 values are NaN. Every output they touch is NaN: go back to the last checkpoint without them and look for a division by zero or too high a learning rate before it.',
    })
    const order = { error: 0, warning: 1, info: 2 }
    const ranks = flags.map(({ severity }) => order[severity])
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    expect(flags.length).toBeGreaterThan(2)
  })
})

describe('duplicates', () => {
  const pair = async (first: Partial<TensorSpec>, second: Partial<TensorSpec>, change?: (v: Float64Array) => void) => {
    const a = await measure(engine, healthy(41), { ...layer, name: 'a.weight', ...first })
    const b = await measure(engine, edit(healthy(41), change ?? (() => {})), { ...layer, name: 'b.weight', ...second })
    flagTensors([a, b], defaults)
    return [codes(a.figures.flags), codes(b.figures.flags)]
  }
  test('the later copy is flagged', async () => expect(await pair({}, {})).toEqual([[], ['warning duplicate']]))
  test('tied embeddings are information', async () =>
    expect(await pair({ kind: 'embedding' }, {})).toEqual([[], ['info duplicate']]))
  test('one changed element is no copy, wherever it is', async () => {
    for (const at of [0, 1, 3000, 6143])
      expect(
        await pair({}, {}, (v) => {
          v[at] = v[at]! * 1.0001
        }),
      ).toEqual([[], []])
  })
  test('two rows exchanged are no copy', async () => {
    const swap = (v: Float64Array): void => {
      const row = v.slice(0, 96)
      v.copyWithin(0, 96, 192)
      v.set(row, 96)
    }
    expect(await pair({}, {}, swap)).toEqual([[], []])
  })
  test('optimizer state is left out', async () =>
    expect(await pair({}, { group: 'optimizer', kind: 'state' })).toEqual([[], []]))
})

describe('thresholds', () => {
  test('each changes its flag', async () => {
    const dead = edit(healthy(51), (v) => {
      v.fill(0, 0, 96)
    })
    expect(codes(await flagsOf(dead, layer, resolveThresholds({ deadShare: 0.5 })))).toEqual(['info dead-rows'])
    expect(codes(await flagsOf(healthy(52), layer, resolveThresholds({ explodingGain: 1 })))).toEqual([
      'warning exploding-scale',
    ])
    expect(codes(await flagsOf(healthy(52), layer, resolveThresholds({ outlierFactor: 0.5 })))).toEqual([
      'info outliers',
    ])
  })
  test('unknown names and impossible values are wrong usage', () => {
    expect(() => resolveThresholds({ explodingGian: 3 })).toThrow(
      "flags: unknown threshold 'explodingGian'. Did you mean 'explodingGain'?",
    )
    expect(() => resolveThresholds({ zzzzzzzzzzzzzz: 3 })).toThrow(/The names are deadShare, /)
    expect(() => resolveThresholds({ rankShare: '0.5' })).toThrow(
      'flags: threshold \'rankShare\' is "0.5"; expected a number of at least 0.',
    )
    for (const value of [-1, Number.NaN, null, undefined, {}])
      expect(() => resolveThresholds({ rankShare: value })).toThrow(/expected a number/)
    expect(() => resolveThresholds(JSON.parse('{"__proto__": 1}'))).toThrow(/unknown threshold/)
  })
  test('every threshold has a reason and a flag', () => {
    for (const [name, { reason, meaning, flags }] of Object.entries(flagTable)) {
      expect(reason.length, name).toBeGreaterThan(40)
      expect(meaning.length, name).toBeGreaterThan(20)
      expect(flags.length, name).toBeGreaterThan(0)
    }
  })
})

test('docs/metrics.md repeats the table and knows every flag', () => {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  for (const [name, threshold] of Object.entries(flagTable)) {
    expect(text).toContain(`| \`${name}\` | ${threshold.default} | ${threshold.meaning} | ${threshold.reason} |`)
    for (const code of threshold.flags) expect(text).toContain(`\`${code}\``)
  }
  for (const { code } of faults) expect(text).toContain(`\`${code}\``)
})
