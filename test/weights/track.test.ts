import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import { StateDict, tensor } from '../../src/tensor/index.node.js'
import { type TrackOptions, type TrackReport, track, type VerdictCode } from '../../src/weights/index.node.js'
import { compareNatural, orderCheckpoints } from '../../src/weights/track/order.js'
import { fitLine, median, robustDeviation, studentQuantile } from '../../src/weights/track/statistics.js'
import { f32, safetensors } from '../checkpoint/build.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { healthy, planted, type Run } from './track-series.js'

const fast: TrackOptions = { spectra: 'none', workers: 0 }

/** One tensor, `w.weight`, in a file per checkpoint that tells its step. */
const filesOf = ({ weights, steps }: Run): Uint8Array[] =>
  weights.map((w, t) =>
    safetensors([{ name: 'w.weight', shape: [8, w.length / 8], bytes: new Uint8Array(w.buffer) }], {
      step: String(steps[t]),
    }),
  )

const file = (step: number, ...numbers: number[]): Uint8Array =>
  safetensors([{ name: 'w.weight', shape: [numbers.length], bytes: f32(...numbers) }], { step: String(step) })

const verdictOf = async (run: Run): Promise<TrackReport['tensors'][0]['verdict']> =>
  (await track(filesOf(run), fast)).tensors[0]!.verdict

describe('the path of a tensor, by hand', () => {
  // W: (3, 4) -> (3, 8) -> (6, 8): updates (0, 4) and (3, 0) are at right angles.
  it('has norms, sizes of updates, angles and the distance from the start', async () => {
    const { tensors, totals, order, checkpoints } = await track([file(10, 3, 8), file(0, 3, 4), file(30, 6, 8)], fast)
    expect(order).toBe('step')
    expect(checkpoints.map(({ step, stepFrom }) => [step, stepFrom])).toEqual([
      [0, 'metadata'],
      [10, 'metadata'],
      [30, 'metadata'],
    ])
    const [w] = tensors
    expect(w!.points.map(({ l1, linf }) => [l1, linf])).toEqual([
      [7, 4],
      [11, 8],
      [14, 8],
    ])
    expect(w!.points.map(({ l2 }) => l2)).toEqual([5, Math.sqrt(73), 10])
    expect(w!.points.map(({ deltaL2 }) => deltaL2)).toEqual([null, 4, 3])
    expect(w!.points.map(({ update }) => update)).toEqual([null, 4 / 5, 3 / Math.sqrt(73)])
    expect(w!.points.map(({ updatePerStep }) => updatePerStep)).toEqual([null, 0.08, 3 / Math.sqrt(73) / 20])
    expect(w!.points.map(({ cosine }) => cosine)).toEqual([null, null, 0])
    expect(w!.points.map(({ distance }) => distance)).toEqual([0, 4, 5])
    expect(totals.map(({ l2, update, distance, parameters }) => [l2, update, distance, parameters])).toEqual([
      [5, null, 0, 2],
      [Math.sqrt(73), 0.8, 4, 2],
      [10, 3 / Math.sqrt(73), 5, 2],
    ])
  })

  it('joins the updates of all tensors into those of the model', async () => {
    const two = (step: number, a: number, b: number) =>
      safetensors(
        [
          { name: 'a.weight', shape: [1, 1], bytes: f32(a) },
          { name: 'b.weight', shape: [1, 1], bytes: f32(b) },
        ],
        { step: String(step) },
      )
    const { totals } = await track([two(0, 3, 4), two(1, 6, 8), two(2, 9, 12), two(3, 6, 8)], fast)
    expect(totals.map(({ deltaL2 }) => deltaL2)).toEqual([null, 5, 5, 5])
    expect(totals.map(({ cosine }) => cosine)).toEqual([null, null, 1, -1])
    expect(totals.map(({ distance }) => distance)).toEqual([0, 5, 10, 5])
  })

  it('is exact through windows of checkpoints and chunks of elements', async () => {
    // 60 checkpoints are three windows, 40,000 elements three chunks; element i of checkpoint t is t^2 / 64 + (i % 7): the update is (2t - 1) / 64 everywhere.
    const count = 40_000
    const make = (t: number): Uint8Array =>
      safetensors(
        [
          {
            name: 'w.weight',
            shape: [200, 200],
            bytes: new Uint8Array(Float32Array.from({ length: count }, (_, i) => (t * t) / 64 + (i % 7)).buffer),
          },
        ],
        {
          step: String(t),
        },
      )
    const { tensors } = await track(
      Array.from({ length: 60 }, (_, t) => make(t)),
      fast,
    )
    for (const [t, point] of tensors[0]!.points.entries()) {
      if (t > 0) expect(point.deltaL2).toBeCloseTo(((2 * t - 1) / 64) * 200, 9)
      if (t > 1) expect(point.cosine).toBeCloseTo(1, 12)
      expect(point.distance).toBeCloseTo(((t * t) / 64) * 200, 9)
    }
  })

  it('of numbers near the ends of float64 neither overflows nor vanishes', async () => {
    for (const scale of [1e-200, 1e200]) {
      const dicts = [0, 1, 2].map((t) => {
        const dict = new StateDict([['w.weight', tensor([scale, t * scale], { dtype: 'f64' })]])
        dict.metadata['step'] = String(t)
        return dict
      })
      const { tensors } = await track(dicts, fast)
      expect(tensors[0]!.points.map(({ deltaL2 }) => deltaL2 && deltaL2 / scale)).toEqual([null, 1, 1])
      expect(tensors[0]!.points[2]!.cosine).toBeCloseTo(1, 12)
      expect(tensors[0]!.points[2]!.distance! / scale).toBeCloseTo(2, 12)
      for (const dict of dicts) dict.dispose()
    }
  })

  it('has the drift of its spectrum: none where it is only scaled, sqrt(2) at most', async () => {
    const matrix = (step: number, ...numbers: number[]) =>
      safetensors([{ name: 'w.weight', shape: [2, 2], bytes: f32(...numbers) }], { step: String(step) })
    const { tensors } = await track([matrix(0, 3, 0, 0, 4), matrix(1, 6, 0, 0, 8), matrix(2, 0, 0, 0, 8)], {
      workers: 0,
    })
    const drift = tensors[0]!.points.map(({ spectrumDrift }) => spectrumDrift)
    expect(drift[0]).toBeNull()
    expect(drift[1]).toBeCloseTo(0, 6)
    // (0.8, 0.6) against (1, 0).
    expect(drift[2]).toBeCloseTo(Math.hypot(0.2, 0.6), 6)
    expect(tensors[0]!.points.map(({ spectral }) => Math.round(spectral! * 1e6) / 1e6)).toEqual([4, 8, 8])
  })
})

describe('what is missing or changes its shape', () => {
  const named = (step: number, ...pieces: [string, number[], number[]][]) =>
    safetensors(
      pieces.map(([name, shape, values]) => ({ name, shape, bytes: f32(...values) })),
      { step: String(step) },
    )

  it('is told, and the path goes on where it can', async () => {
    const { tensors, skipped } = await track(
      [
        named(0, ['a.weight', [2], [1, 1]], ['b.weight', [2], [1, 0]]),
        named(1, ['a.weight', [1, 2], [1, 1]]),
        named(2, ['a.weight', [1, 2], [1, 2]], ['b.weight', [2], [4, 4]]),
      ],
      fast,
    )
    expect(skipped.map(({ name, what, why }) => `${name} ${what} ${why}`)).toEqual([
      'a.weight points its shape was [2] until step 0 and is [1, 2] from step 1 on; what was before is left out',
      'b.weight points is missing in step 1',
    ])
    expect(tensors.map(({ name, points }) => [name, points.map(({ step, deltaL2 }) => [step, deltaL2])])).toEqual([
      [
        'a.weight',
        [
          [1, null],
          [2, 1],
        ],
      ],
      [
        'b.weight',
        [
          [0, null],
          [2, 5],
        ],
      ],
    ])
  })

  it('leaves counters unjudged', async () => {
    const counter = (step: number) =>
      safetensors(
        [
          {
            name: 'bn.num_batches_tracked',
            dtype: 'I64',
            shape: [],
            bytes: new Uint8Array(new BigInt64Array([BigInt(step)]).buffer),
          },
        ],
        { step: String(step) },
      )
    const { tensors } = await track([counter(0), counter(1), counter(2), counter(3)], fast)
    expect(tensors[0]!.verdict).toEqual({
      code: 'unknown',
      step: null,
      why: 'it holds I64 values, which are not judged.',
    })
  })
})

/** Codes that a planted fault must get, by the number of checkpoints from which it shows. */
const table: readonly (readonly [keyof typeof planted, VerdictCode, number])[] = [
  ['settled', 'settled', 8],
  ['walking', 'moving', 6],
  ['growing', 'growing', 13],
  ['growingEvenly', 'growing', 13],
  ['collapsing', 'collapsing', 8],
  ['alternating', 'oscillating', 6],
  ['circling', 'oscillating', 8],
  ['jumping', 'jump', 6],
  ['spiking', 'jump', 6],
]

describe('verdicts on planted series', () => {
  for (const [name, code, from] of table)
    for (const length of [6, 8, 13, 25].filter((one) => one >= from))
      it(`${name}, ${length} checkpoints: ${code}`, async () => {
        for (let seed = 1; seed <= 5; seed++)
          for (const size of [64, 512]) {
            const verdict = await verdictOf(planted[name]({ seed, length, size }))
            expect(verdict.code, `seed ${seed}, size ${size}: ${verdict.why}`).toBe(code)
            if (code === 'jump') expect(verdict.step).toBe(100 * Math.floor((2 * length) / 3))
          }
      }, 60_000)

  it('raise no alarm on healthy runs, whatever the schedule', async () => {
    const alarms: string[] = []
    let runs = 0
    for (const [name, make] of Object.entries(healthy))
      for (const length of [5, 9, 20])
        for (let seed = 1; seed <= 8; seed++) {
          const { code, why } = await verdictOf(make({ seed, length, size: seed % 2 === 0 ? 16 : 128 }))
          runs++
          if (code !== 'settled' && code !== 'moving') alarms.push(`${name} ${length} seed ${seed}: ${code} ${why}`)
        }
    expect(runs).toBe(96)
    expect(alarms).toEqual([])
  }, 120_000)
})

describe('verdicts by hand', () => {
  const codes = async (...files: Uint8Array[]) => (await track(files, fast)).tensors.map(({ verdict }) => verdict)

  it('NaN from the step where it appears', async () => {
    expect(
      await codes(file(0, 1, 2), file(10, 1, 3), file(20, Number.NaN, 3), file(30, Number.NaN, Number.NaN)),
    ).toEqual([
      {
        code: 'nan',
        step: 20,
        why: '1 elements are NaN or infinite from step 20 on. Go back to the checkpoint before.',
      },
    ])
  })

  it('infinity that appears is a fault, infinity that was always there is none', async () => {
    const inf = Number.NEGATIVE_INFINITY
    expect((await codes(file(0, 1, 2), file(1, inf, 2)))[0]!.code).toBe('nan')
    expect((await codes(file(0, inf, 0), file(1, inf, 0)))[0]!.code).toBe('unknown')
  })

  it('dead from the step where all is zero', async () => {
    expect(await codes(file(0, 1, 2), file(10, 0, 1), file(20, 0, 0), file(30, 0, 0))).toEqual([
      { code: 'dead', step: 20, why: 'all elements are zero from step 20 on.' },
    ])
  })

  it('settled where nothing ever changed, unknown for too few', async () => {
    expect((await codes(file(0, 1, 2), file(1, 1, 2)))[0]).toEqual({
      code: 'settled',
      step: null,
      why: 'it never changed.',
    })
    expect((await codes(file(0, 1, 2), file(1, 1, 3)))[0]).toEqual({
      code: 'unknown',
      step: null,
      why: '1 updates are too few to judge; 4 checkpoints or more tell.',
    })
  })
})

describe('the order of checkpoints', () => {
  const order = (paths: string[], wanted: 'auto' | 'step' | 'name' | 'given' = 'auto') =>
    orderCheckpoints(
      paths.map((path) => ({ path, metadata: {} })),
      wanted,
    )

  it('finds steps in names', () => {
    for (const [paths, steps] of [
      [
        ['a/step0800.pt', 'a/step0010.pt'],
        [10, 800],
      ],
      [
        ['checkpoint-1200/model.safetensors', 'checkpoint-500/model.safetensors'],
        [500, 1200],
      ],
      [
        ['epoch=3-step=400.ckpt', 'epoch=12-step=1600.ckpt'],
        [400, 1600],
      ],
      [
        ['epoch_2.pt', 'epoch_10.pt'],
        [2, 10],
      ],
      [
        ['global_step20/m.pt', 'global_step3/m.pt'],
        [3, 20],
      ],
      [
        ['llama2-7b-000200.safetensors', 'llama2-7b-001000.safetensors'],
        [200, 1000],
      ],
      [
        ['net-9.npz', 'net-10.npz'],
        [9, 10],
      ],
    ] as const)
      expect(
        order([...paths]).items.map(({ step }) => step),
        paths.join(' '),
      ).toEqual(steps)
  })

  it('goes by names, naturally, where there are no steps', () => {
    const found = order(['b', 'a10x', 'a9x'])
    expect(found.order).toBe('name')
    expect(found.items.map(({ path }) => path)).toEqual(['a9x', 'a10x', 'b'])
    expect(compareNatural('v1.10', 'v1.9')).toBeGreaterThan(0)
  })

  it('believes metadata against names, and tells', () => {
    const { items, warnings } = orderCheckpoints(
      [
        { path: 'step5.pt', metadata: { step: 7 } },
        { path: 'step6.pt', metadata: {} },
      ],
      'auto',
    )
    expect(items.map(({ step }) => step)).toEqual([6, 7])
    expect(warnings).toEqual(["'step5.pt': the metadata say step 7, the name 5; the metadata are believed."])
  })

  it('tells equal steps', () => {
    expect(order(['step1-a.pt', 'step1-b.pt', 'step2.pt']).warnings).toEqual([
      "Step 1 stands more than once ('step1-b.pt' is one): updates between equal steps have no size per step.",
    ])
  })

  it('keeps the order given, and tells when steps go back', () => {
    const { items, warnings } = order(['step9.pt', 'step1.pt'], 'given')
    expect(items.map(({ step }) => step)).toEqual([9, 1])
    expect(warnings).toEqual(['The steps do not rise in the order given.'])
  })

  it('refuses to order by steps that are not told', () => {
    expect(() => order(['a.pt', 'b.pt'], 'step')).toThrow(
      new UsageError(
        "track: 'a.pt' tells no step, neither in its metadata (step, global_step) nor in its name (step0800, checkpoint-1200). Try --order name or --order given.",
      ),
    )
  })
})

describe('inputs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normball-track-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('may be a folder of folders', async () => {
    for (const step of [500, 1000, 1500]) {
      mkdirSync(join(folder, `checkpoint-${step}`))
      writeFileSync(
        join(folder, `checkpoint-${step}`, 'model.safetensors'),
        safetensors([{ name: 'w.weight', shape: [2], bytes: f32(step, 1) }]),
      )
    }
    mkdirSync(join(folder, 'logs'))
    writeFileSync(join(folder, 'logs', 'notes.txt'), 'nothing')
    const { checkpoints } = await track(folder, fast)
    expect(checkpoints.map(({ step }) => step)).toEqual([500, 1000, 1500])
  })

  it('that cannot be read stand in errors, the others are followed', async () => {
    const { checkpoints, errors } = await track([file(0, 1), new Uint8Array([1, 2, 3]), file(2, 2), file(1, 3)], fast)
    expect(checkpoints.map(({ step }) => step)).toEqual([0, 1, 2])
    expect(errors.map(({ exitCode }) => exitCode)).toEqual([3])
  })

  it('must be two at least, and globs must match', async () => {
    await expect(track([file(0, 1)], fast)).rejects.toThrow(
      "track: there is only one checkpoint, 'bytes'; expected two or more of one network. Try normball inspect for one.",
    )
    await expect(track([file(0, 1), file(1, 1)], { ...fast, tensors: 'x.weight' })).rejects.toThrow(
      "matches none of the 1 tensors. Did you mean 'w.weight'?",
    )
  })
})

describe.skipIf(!hasShared)('the digits network', () => {
  const paths = ['0000', '0010', '0050', '0200', '0800'].map((step) =>
    sharedPath('data', 'checkpoints', `digits-step${step}.safetensors`),
  )

  it('has the norms of its training log', async () => {
    const log = sharedJson<{ step: number; norms: Record<string, number> }[]>(
      'data',
      'reference',
      'digits-training-log.json',
    )
    const { tensors, checkpoints, errors } = await track([...paths].reverse(), { workers: 0 })
    expect(errors).toEqual([])
    expect(checkpoints.map(({ step }) => step)).toEqual(log.map(({ step }) => step))
    let compared = 0
    for (const { name, points } of tensors)
      for (const [t, { l2 }] of points.entries()) {
        const known = log[t]!.norms[name]
        if (known === undefined) continue
        expect(Math.abs(l2 - known), `${name} at step ${log[t]!.step}`).toBeLessThanOrEqual(1e-6 * (known + 1e-30))
        compared++
      }
    expect(compared).toBe(16 * 5)
    // It learned without a fault.
    expect(tensors.filter(({ verdict }) => !['moving', 'settled', 'unknown'].includes(verdict.code))).toEqual([])
  })
})

describe('statistics', () => {
  it('by hand', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(robustDeviation([1, 2, 3, 4, 100])).toBeCloseTo(1.4826, 12)
    const line = fitLine([0, 1, 2, 3], [1, 3, 5, 7])
    expect([line.slope, line.error, line.isSignificant]).toEqual([2, 0, true])
    // Residuals (0, 1, -2, 1) / 3 about slope 0.5 have no certain sign.
    expect(fitLine([0, 1, 2], [0, 1, 1]).isSignificant).toBe(false)
    expect(fitLine([0, 1, 2], [1, 1, 1]).isSignificant).toBe(false)
  })

  it("has the quantiles of Student's t (SciPy)", () => {
    for (const [freedom, value] of [
      [1, 31.821],
      [5, 3.365],
      [12, 2.681],
      [20, 2.528],
      [100, 2.364],
    ] as const)
      expect(studentQuantile(freedom)).toBeCloseTo(value, 2)
  })
})
