/**
 * The three loops of textbooks that are called clipping, retaining and pruning, with a fraction t of the largest magnitude, exactly:
 * clip writes t sign(w) (not t max|W|) where |w| >= t max|W|; retain writes 0 where |w| < t max|W|; prune writes 0 where |w| >= t max|W|.
 */
import { valuesAt } from './balls.js'
import type { Rewrite } from './types.js'

const texts = {
  clip: (t: number) => `t sign(w) with t = ${t} where |w| >= t max|W|`,
  retain: (t: number) => `0 where |w| < ${t} max|W|`,
  prune: (t: number) => `0 where |w| >= ${t} max|W|`,
} as const

/** The loop for a tensor whose largest magnitude is known. */
export function articleRewrite(command: 'clip' | 'retain' | 'prune', t: number, largest: number): Rewrite {
  const threshold = t * largest
  return {
    kind: 'entries',
    note: texts[command](t),
    details: { threshold, largest },
    start: (kernels, type) => ({
      update(pointer, count) {
        const values = valuesAt(kernels, type, pointer, count)
        for (let i = 0; i < count; i++) {
          const value = values[i]!
          const isLarge = Math.abs(value) >= threshold
          if (command === 'clip') {
            if (isLarge) values[i] = t * Math.sign(value)
          } else if (isLarge === (command === 'prune')) values[i] = 0
        }
      },
    }),
  }
}
