/** Turns an open checkpoint into jobs: which tensors, what is known of each, and what each will cost. */
import type { TensorEntry } from '../checkpoint/index.js'
import { isFloating } from '../core/index.js'
import { inferKind, slicesOf } from './kinds.js'
import type { TensorFacts } from './measure/index.js'
import { nameMatcher, requireMatches } from './select.js'
import type { Measurable } from './tables.js'
import type { SpectraMode } from './types.js'
import type { PlannedJob } from './work.js'

/** Jobs in the file's order, which is that of the report. */
export function planJobs(
  checkpoint: Measurable,
  globs: readonly string[],
  spectra: SpectraMode,
  convNorms: boolean,
): PlannedJob<'tensor'>[] {
  const names = checkpoint.tensors.map((entry) => entry.name)
  requireMatches(globs, names, checkpoint.path)
  const matches = nameMatcher(globs)
  const all = new Map(checkpoint.tensors.map((entry) => [entry.name, entry]))
  return checkpoint.tensors
    .filter((entry) => matches(entry.name))
    .map((entry) => {
      const { kind, outAxis, gates } = inferKind(entry, all)
      const facts = { kind, outAxis, groups: entry.groups, gates, slices: slicesOf(entry, kind, { outAxis, gates }) }
      return { task: { entry, facts }, cost: costOf(entry, facts, spectra, convNorms) }
    })
}

/** Bytes that reading a tensor touches. */
export function readBytes(entry: TensorEntry): number {
  const { storage } = entry.data
  if (storage.kind === 'dequantized') return entry.count * 4
  return storage.kind === 'range' ? storage.length : storage.kind === 'zip' ? storage.size : storage.bytes.length
}

function costOf(entry: TensorEntry, facts: TensorFacts, spectra: SpectraMode, convNorms: boolean): number {
  const streaming = 10_000 + entry.count * 2
  if (spectra === 'none' || entry.shape.length < 2 || entry.count === 0 || !isFloating(entry.data.type))
    return streaming
  const m = entry.shape[0]!
  const n = entry.count / m
  const small = Math.min(m, n)
  const exact = spectra === 'exact' || (spectra === 'auto' && small <= 2048)
  // Gram matrix and tridiagonal reduction at a few GFLOP/s, or the top of the spectrum by some 40 passes over the matrix.
  const spectrum = exact ? (entry.count * small + 4 * small ** 3) / 10 : entry.count * 40
  const operator = convNorms && facts.kind === 'conv' ? entry.count * 2000 : 0
  return streaming + spectrum * (1 + facts.slices.length / 4) + operator
}
