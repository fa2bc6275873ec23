/** Rules that are useful without a file: what is never right fails, what asks for a look is a warning. */
import type { CheckRule } from './types.js'

export const defaultRules: readonly CheckRule[] = [
  { name: 'every weight is finite', flags: { codes: ['nan', 'inf'], severity: 'error' } },
  { name: 'no variance is negative', flags: { codes: ['negative-variance'], severity: 'error' } },
  { name: 'no layer is dead', flags: { codes: ['all-zero', 'constant'], severity: 'warning' } },
  { name: 'no layer explodes', flags: { codes: ['exploding-scale'], severity: 'error' } },
  {
    name: 'scales are usual',
    severity: 'warning',
    flags: {
      codes: ['exploding-scale', 'vanishing-scale', 'outliers', 'near-overflow', 'subnormal', 'saturated'],
      severity: 'warning',
    },
  },
  {
    name: 'no units are dead',
    severity: 'warning',
    flags: { codes: ['dead-rows', 'dead-columns'], severity: 'warning' },
  },
  {
    name: 'no directions are lost',
    severity: 'warning',
    flags: { codes: ['rank-deficient', 'dominant-direction'], severity: 'warning' },
  },
  { name: 'nothing is stored twice', severity: 'warning', flags: { codes: ['duplicate'], severity: 'warning' } },
]
