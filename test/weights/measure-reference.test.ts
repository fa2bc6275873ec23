/** Every shared checkpoint against the float64 values of NumPy, figure by figure, on both backends; and healthy models must raise no errors. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BytesSource, openSource } from '../../src/checkpoint/index.js'
import { flagTensors, resolveThresholds } from '../../src/weights/flags/index.js'
import type { TensorFigures } from '../../src/weights/index.js'
import { type Measured, measureTensor } from '../../src/weights/measure/index.js'
import { planJobs } from '../../src/weights/plan.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'
import { engines, type TestEngine } from './support.js'

type Num = number | string
interface Reference {
  tensors: (Record<'name', string> & Record<string, Num> & { shape: number[]; matrix?: ReferenceMatrix })[]
}
interface ReferenceMatrix extends Record<string, unknown> {
  matrix_shape: number[]
  spectral: number
  nuclear: number
  sigma_min: number
  condition: Num | null
  stable_rank: Num | null
  effective_rank: Num | null
  rank_f32eps: number
  rank_tol_f32eps: number
  sv16: number[]
  powerlaw_ww?: { alpha: number; D: number; xmin: number; n_tail: number; sigma: number } | null
  conv_fft16_operator_norm?: number
}

/** Same names with other arrays, or files that are compared elsewhere. */
const files = hasShared
  ? readdirSync(sharedPath('data', 'reference'))
      .filter((name) => /\.(safetensors|npz|onnx|pth?|jit|gguf)\.json$/.test(name) && !name.startsWith('diff-'))
      .map((name) => name.slice(0, -'.json'.length))
  : []

async function measureAll(engine: TestEngine, file: string): Promise<Measured[]> {
  const bytes = new Uint8Array(readFileSync(sharedPath('data', 'checkpoints', file)))
  const checkpoint = await openSource(new BytesSource(file, bytes))
  const results: Measured[] = []
  for (const {
    task: { entry, facts },
  } of planJobs(checkpoint, [], 'exact', true))
    results.push(
      await measureTensor(entry, facts, checkpoint.sources, engine, { spectra: 'exact', convNorms: true, seed: 0 }),
    )
  flagTensors(results, resolveThresholds({}))
  return results
}

const relative = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / Math.abs(b))

function compareEntries(figures: TensorFigures, expected: Reference['tensors'][number]): void {
  const at = figures.name
  const count = expected['count'] as number
  for (const key of ['count', 'zeros', 'nan', 'l0', 'linf', 'min', 'max'] as const)
    if (expected[key] !== undefined && expected[key] !== null) expect(figures[key], `${at} ${key}`).toBe(expected[key])
  if (expected['inf'] !== undefined) expect(figures.posInf + figures.negInf, `${at} inf`).toBe(expected['inf'])
  for (const key of ['l1', 'l2', 'std'] as const) {
    const value = expected[key] as number
    // A constant's deviation is pure rounding in the reference.
    const floor = key === 'std' ? 1e-15 * figures.linf : 0
    if (typeof value === 'number' && Math.abs(figures[key] - value) > floor)
      expect(relative(figures[key], value), `${at} ${key}`).toBeLessThan(1e-12)
  }
  if (typeof expected['mean'] === 'number')
    expect(Math.abs(figures.mean - expected['mean']), `${at} mean`).toBeLessThanOrEqual((1e-12 * figures.l1) / count)
}

function compareMatrix(figures: TensorFigures, expected: ReferenceMatrix, is64: boolean): void {
  const at = figures.name
  const matrix = figures.matrix!
  expect(matrix.shape, at).toEqual(expected.matrix_shape)
  const top = expected.spectral
  expected.sv16.forEach((value, i) => {
    expect(Math.abs(matrix.singularValues[i]! - value), `${at} sigma ${i}`).toBeLessThanOrEqual(1e-10 * top)
  })
  expect(Math.abs(matrix.spectral - top)).toBeLessThanOrEqual(1e-10 * top)
  expect(Math.abs(matrix.sigmaMin! - expected.sigma_min)).toBeLessThanOrEqual(1e-10 * top)
  expect(relative(matrix.nuclear!, expected.nuclear), `${at} nuclear`).toBeLessThanOrEqual(1e-9)
  if (!is64) {
    expect(matrix.rank, `${at} rank`).toBe(expected.rank_f32eps)
    expect(relative(matrix.rankTolerance!, expected.rank_tol_f32eps)).toBeLessThanOrEqual(1e-10)
  }
  if (typeof expected.stable_rank === 'number')
    expect(relative(matrix.stableRank!, expected.stable_rank)).toBeLessThan(1e-9)
  if (typeof expected.effective_rank === 'number')
    expect(relative(matrix.effectiveRank!, expected.effective_rank)).toBeLessThan(1e-8)
  if (typeof expected.condition === 'number' && expected.sigma_min > 1e-9 * top)
    expect(relative(matrix.condition!, expected.condition)).toBeLessThan((2e-10 * top) / expected.sigma_min)
  const law = expected.powerlaw_ww
  if (law && law.n_tail >= 8) {
    expect(matrix.alpha, `${at} alpha`).not.toBeNull()
    expect(matrix.alpha!.tail).toBe(law.n_tail)
    expect(relative(matrix.alpha!.value, law.alpha)).toBeLessThan(1e-8)
    expect(Math.abs(matrix.alpha!.ks - law.D)).toBeLessThan(1e-8)
    expect(relative(matrix.alpha!.xmin, law.xmin)).toBeLessThan(1e-8)
    expect(relative(matrix.alpha!.standardError, law.sigma)).toBeLessThan(1e-8)
  } else expect(matrix.alpha, `${at} alpha`).toBeNull()
  const operator = expected.conv_fft16_operator_norm
  if (operator !== undefined && figures.conv?.groups === 1) {
    expect(Math.abs(figures.conv.operatorNorm - operator), `${at} conv`).toBeLessThanOrEqual(
      Math.max(1e-9 * operator, figures.conv.error),
    )
  }
}

describe.skipIf(!hasShared)('shared checkpoints', async () => {
  for (const { name: backend, engine } of await engines())
    for (const file of files)
      test(`${file}, ${backend}`, async () => {
        const measured = await measureAll(engine, file)
        const byName = new Map(measured.map((one) => [one.figures.name, one]))
        const { tensors } = sharedJson<Reference>('data', 'reference', `${file}.json`)
        expect([...byName.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort())
        for (const expected of tensors) {
          const { figures, skipped } = byName.get(expected.name)!
          compareEntries(figures, expected)
          if (figures.matrix === null) expect(skipped.map(({ what }) => what)).toContain('matrix')
          else if (expected.matrix) compareMatrix(figures, expected.matrix, figures.storage === 'f64')
        }
        const flags = measured.flatMap(({ figures }) => figures.flags)
        expect(flags.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(flags.filter(({ severity }) => severity === 'warning').length).toBeLessThanOrEqual(
          Math.max(3, 0.2 * measured.length),
        )
      })
})
