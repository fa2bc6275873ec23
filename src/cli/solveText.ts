/** What `normball solve` tells a person. */
import { inert, plural } from '../core/index.js'
import { ansiPaint, logPlot, plainPaint, showCount, showNumber, showShare, wrap } from '../report/index.js'
import type { SolveReport } from './solve.js'

export function solveText(report: SolveReport, width: number, isColored: boolean): string {
  const paint = isColored ? ansiPaint : plainPaint
  const { method, preconditioner, why, outcome, residual, iterations, seconds, attempts } = report
  const isDirect = method === 'lu' || method === 'cholesky' || method === 'band'
  const facts: [string, string][] = [
    ['matrix', matrixLine(report)],
    ['', detailLine(report)],
    ['method', `${method}${preconditioner === null ? '' : ` with ${preconditioner}`}: ${why}`],
    ...attempts.map((one): [string, string] => [
      '',
      `after ${one.method}${one.preconditioner === null ? '' : ` with ${one.preconditioner}`}: ${one.outcome}`,
    ]),
    ['outcome', `${outcome}${isDirect ? refined(iterations) : ` after ${plural(iterations, 'iteration')}`}`],
    ['residual', `${showNumber(residual)} = ||b - A x|| / ||b||`],
    ['error', errorLine(report)],
    ['time', `${showNumber(seconds, 3)} s`],
  ]
  const label = 10
  const lines = facts.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(inert(text, 600), width - label)
    return [name.padEnd(label) + (name === 'outcome' ? paint(outcome === 'converged' ? 'good' : 'error', first) : first), ...rest.map((line) => ' '.repeat(label) + line)] // biome-ignore format: one line
  })
  const plot =
    isDirect || report.history.length < 3 ? [] : ['', ...logPlot(report.history, Math.min(72, width - 10), 8)]
  const hint = report.explanation === null ? [] : ['', ...wrap(inert(report.explanation, 600), width)]
  return `${[...lines, ...plot, ...hint].join('\n')}\n`
}

const refined = (steps: number): string => (steps === 0 ? '' : `, with ${plural(steps, 'step')} of refinement`)

function matrixLine({ matrix, rhs }: SolveReport): string {
  const { path, rows, columns, nonzeros } = matrix
  const b = rhs === null ? 'b = A ones' : `b from ${rhs}`
  return `${path}: ${showCount(rows)} by ${showCount(columns)}, ${showCount(nonzeros)} entries (${showShare(nonzeros, rows * columns)}), ${b}`
}

function detailLine({ matrix }: SolveReport): string {
  const { rows, symmetric, definite, bandwidth, dominantRows, zeroDiagonal, condition, conditionFrom } = matrix
  const parts = [symmetric ? 'symmetric' : 'not symmetric']
  if (symmetric) parts.push(definite === 'positive' ? 'positive definite' : definite === 'no' ? 'not positive definite' : 'perhaps positive definite') // biome-ignore format: one line
  parts.push(`band ${bandwidth.lower} below and ${bandwidth.upper} above`)
  parts.push(`diagonally dominant in ${showShare(dominantRows, rows)} of rows`)
  if (zeroDiagonal > 0) parts.push(`${plural(zeroDiagonal, 'zero')} on the diagonal`)
  if (condition === Number.POSITIVE_INFINITY) parts.push('singular')
  else if (condition !== null)
    parts.push(`condition about ${showNumber(condition, 3)}${conditionFrom === 'lanczos' ? ' or more' : ''}`) // biome-ignore format: one line
  return parts.join(', ')
}

function errorLine({ forwardError, solutionError, matrix }: SolveReport): string {
  const isBounded = forwardError !== null && Number.isFinite(forwardError)
  const about = matrix.conditionFrom === 'lanczos' ? 'about' : 'at most about'
  const bound = isBounded
    ? `${about} ${showNumber(forwardError, 3)} of x`
    : `no bound${matrix.condition === null ? ' without a condition estimate' : ': the matrix is singular'}`
  return solutionError === null ? bound : `${bound}; really ${showNumber(solutionError, 3)}, since x is ones`
}
