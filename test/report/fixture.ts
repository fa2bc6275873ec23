/** A made-up report, with names and texts as a hostile file would choose them. */
import type {
  FileReport,
  Flag,
  InspectReport,
  MatrixFigures,
  ModuleTotals,
  TensorFigures,
  Totals,
} from '../../src/weights/types.js'

export const hostileName = '<img src=x onerror=alert(1)>"\'&\u001b[31m\u202e=cmd|x'

export function matrixFixture(change: Partial<MatrixFigures> = {}): MatrixFigures {
  return {
    shape: [64, 32],
    method: 'gram',
    error: 1e-14,
    spectral: 4,
    nuclear: 60,
    frobenius: 10,
    stableRank: 6.25,
    effectiveRank: 20,
    rank: 32,
    rankTolerance: 1e-5,
    condition: 40,
    sigmaMin: 0.1,
    energyRank: { '0.9': 10, '0.95': 14, '0.99': 25 },
    singularValues: [4, 3, 2, 1],
    alpha: { value: 3.2, xmin: 0.1, tail: 20, ks: 0.05, standardError: 0.3 },
    spectrum: { index: [1, 2, 4, 8, 16, 32], value: [4, 3, 2, 1, 0.5, 0.1] },
    ...change,
  }
}

export function tensorFixture(change: Partial<TensorFigures> = {}): TensorFigures {
  return {
    name: 'encoder.layers.0.weight',
    dtype: 'F32',
    storage: 'f32',
    shape: [64, 32],
    count: 2048,
    kind: 'linear',
    outAxis: 0,
    group: 'model',
    zeros: 0,
    nan: 0,
    posInf: 0,
    negInf: 0,
    subnormals: 0,
    l0: 2048,
    l1: 400,
    l2: 10,
    linf: 0.9,
    mean: 0.001,
    std: 0.22,
    min: -0.9,
    max: 0.8,
    bytes: 8192,
    exponents: { min: -8, counts: [3, 10, 60, 300, 700, 600, 300, 75] },
    rows: { count: 64, dead: 0, deadIndices: [], min: 1, median: 1.2, max: 1.5 },
    columns: { count: 32, dead: 0, deadIndices: [], min: 1, median: 1.2, max: 1.5 },
    matrix: matrixFixture(),
    conv: null,
    slices: [],
    sharesWith: null,
    flags: [],
    ...change,
  }
}

export function totalsFixture(change: Partial<Totals> = {}): Totals {
  return {
    tensors: 3,
    parameters: 6144,
    bytes: 24576,
    zeros: 5,
    nan: 1,
    posInf: 0,
    negInf: 0,
    l1: 1200,
    l2: 17.32,
    linf: 0.9,
    ...change,
  }
}

const moduleFixture = (path: string, depth: number): ModuleTotals => ({
  ...totalsFixture(),
  path,
  depth,
  flags: { error: 0, warning: 1, info: 0 },
})

const flag = (severity: Flag['severity'], code: string, message: string): Flag => ({ severity, code, message })

export function fileFixture(layers = 3, change: Partial<FileReport> = {}): FileReport {
  const tensors = Array.from({ length: layers }, (_, i) =>
    tensorFixture({
      name: `encoder.layers.${i}.weight`,
      l2: 10 + i,
      matrix: matrixFixture({ spectral: 4 + (i % 7), stableRank: 6.25 + (i % 3), condition: 10 ** (1 + (i % 5)) }),
      flags: i === 1 ? [flag('error', 'nan', '1 of 2,048 values is NaN: the layer is broken.')] : [],
    }),
  )
  tensors.push(
    tensorFixture({
      name: hostileName,
      dtype: '<b>',
      matrix: null,
      flags: [flag('warning', 'dead-rows', `<script>alert(2)</script> 3 rows are zero.`)],
    }),
  )
  return {
    path: '<i>model</i>.safetensors',
    format: 'safetensors',
    bytes: 1234567,
    metadata: { '</pre><script>alert(3)</script>': '<b>bold</b>' },
    totals: totalsFixture(),
    optimizer: null,
    tensors,
    modules: [moduleFixture('', 0), moduleFixture('encoder', 1), moduleFixture('encoder.layers', 2)],
    skipped: [{ name: hostileName, dtype: 'F32', shape: [3], what: 'matrix', why: 'it has fewer than two axes' }],
    flags: [],
    warnings: ['the header says <b>nothing</b>'],
    ...change,
  }
}

export function reportFixture(layers = 3): InspectReport {
  return {
    normball: '0.1.0',
    command: 'inspect',
    backend: { name: 'portable', kind: 'portable' },
    options: { spectra: 'auto', convNorms: false, tensors: [] },
    errors: [
      { code: 'truncated', message: 'it ends early', file: '<u>bad</u>.pt', tensor: null, offset: 7, exitCode: 3 },
    ],
    files: [fileFixture(layers)],
  }
}
