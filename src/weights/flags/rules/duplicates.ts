/** Tensors with equal content that are stored more than once. */
import { inert, showBytes } from '../../../core/index.js'
import type { Flag, TensorFigures } from '../../types.js'
import type { Thresholds } from '../table.js'
import { flag, isWeight } from './rule.js'

interface Candidate {
  readonly figures: TensorFigures
  readonly fingerprint: string
}

/** A flag for each later copy, by its place among `measured`. Only learned tensors: masks and tables repeat in every layer. */
export function duplicateFlags(measured: readonly Candidate[], thresholds: Thresholds): Map<number, Flag> {
  const first = new Map<string, TensorFigures>()
  const found = new Map<number, Flag>()
  measured.forEach(({ figures, fingerprint }, index) => {
    const { count, min, max, sharesWith, bytes } = figures
    if (!isWeight(figures) || count < thresholds.duplicateCount || min === max || sharesWith !== null) return
    const original = first.get(fingerprint)
    if (original === undefined) {
      first.set(fingerprint, figures)
      return
    }
    const tied = figures.kind === 'embedding' || original.kind === 'embedding'
    const message = `holds the same values as ${inert(original.name)} and is stored again (${showBytes(bytes)}): ${tied ? 'tied weights can be stored once' : 'if they are meant to be tied, share them; if not, one was copied over the other'}.`
    found.set(index, flag(figures, 'duplicate', tied ? 'info' : 'warning', message))
  })
  return found
}
