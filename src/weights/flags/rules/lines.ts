/** Rows and columns of zeros: outputs that never answer, inputs that are never heard. */
import type { Flag, LineFigures, TensorFigures } from '../../types.js'
import { flag, isWeight, percent, type Rule } from './rule.js'

/** Dead outputs and inputs; a zero tensor has its own flag. */
export const deadRule: Rule = ({ figures, thresholds }) => {
  const { rows, columns, zeros, count } = figures
  // What holds infinities and has no known purpose is a mask.
  const mask = figures.kind === 'unknown' && figures.posInf + figures.negInf > 0
  if (!isWeight(figures) || zeros === count || mask) return []
  return [
    ...dead(figures, rows, 'dead-rows', outputName(figures), thresholds.deadShare),
    ...dead(
      figures,
      columns,
      'dead-columns',
      figures.kind === 'embedding' ? 'dimensions' : 'inputs',
      thresholds.deadShare,
    ),
  ]
}

function outputName({ kind }: TensorFigures): string {
  if (kind === 'embedding') return 'embeddings'
  return kind === 'conv' || kind === 'convTranspose' ? 'output channels' : 'outputs'
}

function dead(figures: TensorFigures, lines: LineFigures | null, code: string, what: string, share: number): Flag[] {
  if (lines === null || lines.dead === 0 || lines.dead === lines.count) return []
  // One zero row of an embedding is its padding.
  const padding = figures.kind === 'embedding' && lines.dead === 1
  // Random pruning to a density d empties a line of n weights with the odds (1 - d)^n.
  const chance = lines.count * (figures.zeros / figures.count) ** (figures.count / lines.count)
  const random = lines.dead <= chance + 3 * Math.sqrt(chance)
  const severity = lines.dead > share * lines.count && !padding && !random ? 'warning' : 'info'
  const which = `${lines.deadIndices.join(', ')}${lines.dead > lines.deadIndices.length ? ', ...' : ''}`
  const message = `${lines.dead} of ${lines.count} ${what} (${percent(lines.dead / lines.count)}) have only zero weights: ${which}. They can be cut out at no loss, or were lost in training.`
  return [flag(figures, code, severity, message)]
}
