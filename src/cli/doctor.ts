/** `normball doctor`: what this machine has, what of it is used, how fast it is, whether the answers are right, and what would help. */
import { cpus, totalmem } from 'node:os'
import { inert, showBytes, version } from '../core/index.js'
import { createKernels, type Kernels, measures } from '../kernels/index.js'
import {
  advice,
  cpuFeatures,
  type Lapack,
  lapackSearch,
  measureGemm,
  type SelfTest,
  selectLapack,
  selfTest,
} from '../lapack/index.node.js'
import { toJson, wrap } from '../report/index.js'
import type { CommonOptions } from './options.js'
import { checkOutputs, writeResult } from './output.js'
import { terminalWidth } from './terminal.js'

export interface DoctorReport {
  normball: string
  command: 'doctor'
  node: string
  platform: string
  cpu: { model: string; cores: number; features: string[] }
  memoryBytes: number
  backend: Lapack['info']
  tried: { path: string; why: string }[]
  /** GFLOP/s of products; GB/s of the statistics pass and of merely reading memory. */
  speed: { gemmF32: number; gemmF64: number; statisticsF32: number; memory: number }
  selfTest: { passed: number; failed: { name: string; why: string }[] }
  advice: string[]
}

/** The features that linear algebra's kernels are chosen by. */
const telling = new Set([
  'avx',
  'avx2',
  'fma',
  'avx512f',
  'avx512dq',
  'avx512bw',
  'avx512vl',
  'avx512_bf16',
  'asimd',
  'sve',
  'sve2',
])

/** Runs the command; exit code 1 where the self-test fails, since nothing that is measured could be trusted. */
export async function runDoctor(options: CommonOptions): Promise<number> {
  checkOutputs([options.output], [])
  const report = await examine(options.backend ?? 'auto')
  writeResult(options.json ? toJson(report) : textOf(report, terminalWidth(options.output)), options.output)
  return report.selfTest.failed.length === 0 ? 0 : 1
}

async function examine(backend: 'auto' | 'system' | 'portable'): Promise<DoctorReport> {
  const kernels = createKernels()
  const lapack = selectLapack(kernels, backend)
  lapack.setThreads(1)
  const tests = [...kernelTest(kernels), ...selfTest(lapack)]
  const failed = tests.filter((test) => !test.ok).map(({ name, why }) => ({ name, why }))
  return {
    normball: version,
    command: 'doctor',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: {
      model: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      features: [...cpuFeatures()].filter((word) => telling.has(word)),
    },
    memoryBytes: totalmem(),
    backend: lapack.info,
    tried: lapackSearch().tried.map(({ path, why }) => ({ path, why })),
    speed: {
      gemmF32: measureGemm(lapack, 'f32', 250),
      gemmF64: measureGemm(lapack, 'f64', 250),
      ...measureMemory(kernels),
    },
    selfTest: { passed: tests.length - failed.length, failed },
    advice: adviceFor(lapack),
  }
}

/** One known tensor through the statistics: [1, -2, 0, 4]. */
function kernelTest(kernels: Kernels): SelfTest[] {
  const pointer = kernels.alloc(16)
  const pass = measures(kernels).statistics('f32')
  try {
    kernels.f32(pointer, 4).set([1, -2, 0, 4])
    pass.update(pointer, 4)
    const { l1, l2, linf, zeros, mean } = pass.finish()
    const ok = l1 === 7 && Math.abs(l2 - Math.sqrt(21)) < 1e-15 * l2 && linf === 4 && zeros === 1 && mean === 0.75
    return [
      {
        name: 'statistics: four numbers',
        ok,
        why: ok ? '' : `l1 ${l1}, l2 ${l2}, linf ${linf}, zeros ${zeros}, mean ${mean}`,
      },
    ]
  } finally {
    pass.dispose()
    kernels.free(pointer)
  }
}

/** Of 32 MB, the best of a few runs. */
function measureMemory(kernels: Kernels): { statisticsF32: number; memory: number } {
  const bytes = 32 << 20
  const pointer = kernels.alloc(bytes)
  const best = (work: () => void): number => {
    let rate = 0
    const start = performance.now()
    do {
      const before = performance.now()
      work()
      rate = Math.max(rate, bytes / 1e6 / (performance.now() - before))
    } while (performance.now() - start < 150)
    return rate
  }
  try {
    const view = kernels.f32(pointer, bytes / 4)
    for (let i = 0; i < view.length; i++) view[i] = ((Math.imul(i, 2654435761) >>> 8) & 0xffff) / 65536 - 0.5
    const statisticsF32 = best(() => {
      const pass = measures(kernels).statistics('f32')
      pass.update(pointer, bytes / 4)
      pass.finish()
      pass.dispose()
    })
    return { statisticsF32, memory: best(() => measures(kernels).arith['sumWords']!(pointer, bytes)) }
  } finally {
    kernels.free(pointer)
  }
}

function adviceFor(lapack: Lapack): string[] {
  const hints: string[] = []
  if (lapack.info.kind === 'portable' && process.env['NORMBALL_BACKEND'] === 'portable') {
    hints.push('NORMBALL_BACKEND=portable keeps the system library out: unset it for speed.')
  } else if (lapack.info.kind === 'portable') {
    hints.push(`Exact spectra of large matrices would be several times as fast with a system BLAS. ${advice()}.`)
    const tried = lapackSearch().tried.find(({ why }) => /koffi/.test(why))
    if (tried) hints.push('The package koffi, an optional dependency, is not installed: npm install koffi.')
  } else if (!/openblas|mkl|accelerate/i.test(lapack.info.name)) {
    hints.push(`${lapack.info.name} works, and OpenBLAS is usually faster. ${advice()}.`)
  }
  return hints
}

function textOf(report: DoctorReport, width: number): string {
  const { backend, cpu, speed } = report
  const facts: [string, string][] = [
    ['normball', `${report.normball} on Node ${report.node}, ${report.platform}`],
    ['processor', `${cpu.model}, ${cpu.cores} cores${cpu.features.length > 0 ? `, ${cpu.features.join(' ')}` : ''}`],
    ['memory', showBytes(report.memoryBytes)],
    [
      'linear algebra',
      `${backend.name}${backend.core ? ` for ${backend.core}` : ''}${backend.path ? `, ${backend.path}` : ''}`,
    ],
    ['threads', `${backend.threads} of the library, for each worker`],
    ['matrix product', `${speed.gemmF32.toFixed(0)} GFLOP/s f32, ${speed.gemmF64.toFixed(0)} GFLOP/s f64, one thread`],
    [
      'statistics',
      `${speed.statisticsF32.toFixed(1)} GB/s f32 of ${speed.memory.toFixed(1)} GB/s that memory gives, one thread`,
    ],
    ['self-test', selfTestLine(report)],
  ]
  const label = Math.max(...facts.map(([name]) => name.length)) + 2
  const lines = facts.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(inert(text, 400), width - label)
    return [name.padEnd(label) + first, ...rest.map((line) => ' '.repeat(label) + line)]
  })
  const failures = report.selfTest.failed.flatMap(({ name, why }) =>
    wrap(`failed: ${name}: ${inert(why, 300)}`, width, '  '),
  )
  const tried = report.tried.length > 0 && backend.kind === 'portable' ? ['', 'Looked for a system BLAS:'] : []
  for (const { path, why } of tried.length > 0 ? report.tried.slice(0, 8) : [])
    tried.push(...wrap(`${inert(path)}: ${inert(why, 300)}`, width, '  '))
  const hints =
    report.advice.length > 0 ? ['', ...report.advice.flatMap((hint) => wrap(hint, width))] : ['', 'Nothing to improve.']
  return `${[...lines, ...failures, ...tried, ...hints].join('\n')}\n`
}

function selfTestLine(report: DoctorReport): string {
  const { passed, failed } = report.selfTest
  return failed.length === 0
    ? `${passed} of ${passed} right`
    : `${failed.length} of ${passed + failed.length} WRONG: please report this`
}
