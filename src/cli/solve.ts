/** `normball solve`. */
import { type Command, Option } from 'commander'
import { inert, NumericalError, type PlainError, UsageError, version, withPlace } from '../core/index.js'
import { createKernels, type Kernels } from '../kernels/index.js'
import { type Lapack, selectLapack } from '../lapack/index.node.js'
import {
  type PreconditionerName,
  preconditioners,
  type SystemMethod,
  type SystemReport,
  solveSystem,
  systemMethods,
} from '../linalg/internal.js'
import { toJson } from '../report/index.js'
import { writeFileAtomically } from '../system/index.node.js'
import { failureLine } from './failure.js'
import { addCommonOptions, type CommonOptions, positiveNumber, wholeNumber } from './options.js'
import { checkOutputs, writeResult } from './output.js'
import { readMatrix, readVector, vectorFile } from './solveFiles.js'
import { solveText } from './solveText.js'
import { terminalWidth, usesColor } from './terminal.js'

export interface SolveCliOptions extends CommonOptions {
  method?: 'auto' | SystemMethod
  preconditioner?: 'auto' | 'none' | PreconditionerName
  tol?: number
  maxIterations?: number
  restart?: number
  omega?: number
  out?: string
}

/** What `--json` prints, besides an error. */
export interface SolveReport extends Omit<SystemReport, 'x' | 'matrix'> {
  normball: string
  command: 'solve'
  backend: Lapack['info']
  matrix: SystemReport['matrix'] & { path: string }
  /** The file of b; null where b is A times ones. */
  rhs: string | null
  /** ||x - 1|| / ||1|| where b is A times ones and A determines x. */
  solutionError: number | null
  seconds: number
  skipped: { what: string; why: string }[]
}

const examples = `
Examples:
  normball solve A.mtx                                    b = A ones: how hard is this matrix?
  normball solve A.mtx b.mtx --out x.npy
  normball solve A.mtx.gz b.npy --method cg --preconditioner ic0 --tol 1e-10
  normball solve A.mtx --method gmres --restart 50 --json

Reads Matrix Market files (real, integer, pattern; coordinate, array; general, symmetric, skew-symmetric), gzip too.
Without --method it looks at the matrix, picks one, and says why.`

export function addSolve(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('solve')
    .description('solve a linear system: direct or iterative, whatever suits the matrix')
    .argument('<matrix>', 'a Matrix Market file')
    .argument('[rhs]', 'the right-hand side, Matrix Market or npy (default: A times ones)')
    .addOption(new Option('--method <name>', 'how').choices([...systemMethods]).default('auto'))
    .addOption(
      new Option('--preconditioner <name>', 'for cg, minres, gmres, bicgstab')
        .choices(['auto', 'none', ...preconditioners])
        .default('auto'),
    )
    .option('--tol <x>', 'stop where the residual is this share of b (default: 1e-8)', tolerance)
    .option('--max-iterations <n>', 'stop there (default: 10 times the order)', wholeNumber(0))
    .option('--restart <n>', 'gmres: iterations between restarts (default: 30)', wholeNumber(1))
    .option('--omega <x>', 'sor, ssor: relaxation between 0 and 2 (default: 1)', positiveNumber)
    .option('--out <file>', 'write the solution: .npy, or .mtx')
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((matrix: string, rhs: string | undefined, options: SolveCliOptions) =>
      run(() => runSolve(matrix, rhs, options)),
    )
}

function tolerance(text: string): number {
  const value = positiveNumber(text)
  if (value >= 1) throw new UsageError(`--tol: ${inert(text, 40)}; expected a number above 0 and under 1.`)
  return value
}

/** Runs the command and returns its exit code: 3 where no solution was found. */
export async function runSolve(path: string, rhs: string | undefined, options: SolveCliOptions): Promise<number> {
  checkOutputs([options.output, options.csv, options.out], rhs === undefined ? [path] : [path, rhs])
  if (options.html !== undefined) throw new UsageError('solve: there is no page for --html. Try --json or --csv.')
  const writeVector = options.out === undefined ? null : vectorFile(options.out)
  const start = performance.now()
  const kernels = createKernels()
  const lapack = selectLapack(kernels, options.backend ?? 'auto')
  try {
    const { report, x } = await solveFiles(lapack, kernels, path, rhs, options, start)
    if (options.out !== undefined) writeFileAtomically(options.out, [await writeVector!(x)])
    if (options.csv !== undefined) writeFileAtomically(options.csv, historyCsv(report))
    const failure = failureOf(report, path)
    writeResult(options.json ? jsonOf(report, failure) : textOf(report, options), options.output)
    if (failure === null) return 0
    process.stderr.write(`${failureLine(failure)}\n`)
    return failure.exitCode
  } catch (error) {
    throw withPlace(error, { file: path })
  }
}

async function solveFiles(
  lapack: Lapack,
  kernels: Kernels,
  path: string,
  rhs: string | undefined,
  options: SolveCliOptions,
  start: number,
): Promise<{ report: SolveReport; x: Float64Array }> {
  const matrix = await readMatrix(path)
  const b = rhs === undefined ? matrix.timesOnes() : await readVector(rhs, matrix.entries.rows, kernels)
  const { preconditioner = 'auto', method = 'auto', tol, maxIterations, restart, omega } = options
  const {
    x,
    matrix: facts,
    ...rest
  } = await solveSystem(lapack, matrix.entries, b, {
    method,
    ...(preconditioner === 'auto' ? {} : { preconditioner: preconditioner === 'none' ? null : preconditioner }),
    ...(tol === undefined ? {} : { tol }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
    ...(restart === undefined ? {} : { restart }),
    ...(omega === undefined ? {} : { omega }),
  })
  const skipped: SolveReport['skipped'] = []
  if (facts.condition === null) skipped.push({ what: 'condition', why: 'no estimate is cheap for a matrix of this size and form' }) // biome-ignore format: one line
  if (rest.forwardError === null) skipped.push({ what: 'forwardError', why: facts.condition === null ? 'it needs the condition' : 'x is 0 or A not square' }) // biome-ignore format: one line
  const report: SolveReport = {
    normball: version,
    command: 'solve',
    backend: lapack.info,
    matrix: { path, ...facts },
    rhs: rhs ?? null,
    ...rest,
    solutionError: rhs === undefined && isUnique(facts) ? distanceFromOnes(x) : null,
    seconds: (performance.now() - start) / 1000,
    skipped,
  }
  return { report, x }
}

/** Whether the matrix, as far as is known, has an inverse. */
const isUnique = ({ rows, columns, emptyLines, condition }: SystemReport['matrix']): boolean =>
  rows === columns && emptyLines === 0 && (condition === null || condition < 1 / Number.EPSILON)

const distanceFromOnes = (x: Float64Array): number =>
  Math.sqrt(x.reduce((sum, value) => sum + (value - 1) ** 2, 0) / x.length)

/** How a run without a solution fails. */
function failureOf(report: SolveReport, file: string): PlainError | null {
  if (report.outcome === 'converged') return null
  return new NumericalError(report.outcome, `solve: ${report.explanation}`, { file }).toJSON()
}

function jsonOf(report: SolveReport, failure: PlainError | null): string {
  if (failure === null) return toJson(report)
  const { exitCode: _, ...error } = failure
  return toJson({ error, ...report })
}

const historyCsv = ({ history }: SolveReport): string =>
  `iteration,residual\n${history.map((residual, iteration) => `${iteration},${residual}\n`).join('')}`

function textOf(report: SolveReport, options: SolveCliOptions): string {
  return solveText(report, terminalWidth(options.output), usesColor(options.color, options.output))
}
