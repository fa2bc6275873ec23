/** Steepest descent under any norm. */
import { UsageError } from '../core/index.js'
import { isNorm, type Norm, parseNorm } from '../norms/index.js'
import { ruleOf } from '../norms/internal.js'
import { noGrad, reshape } from '../tensor/index.js'
import { tidy, together } from '../tensor/internal.js'
import { FirstOrder, type Given, type Place } from './firstOrder.js'
import type { GroupRule, ParamGroup } from './optimizer.js'
import type { Kinds } from './options.js'
import type { Parameters } from './params.js'

/** Options as they are saved: the norm by its name. */
interface Saved extends Omit<SteepestDescentOptions, 'norm'> {
  norm: string
}

export interface SteepestDescentOptions {
  /** 1e-2. */
  lr: number
  /** A norm, or its name as `parseNorm` reads it; `l2`. */
  norm: Norm | string
  /** Whether steps are as long as the dual norm of the gradient (as in SGD), or have length lr (as in signSGD and Muon); true. */
  sharp: boolean
  /** b = momentum b + g takes the gradient's place; 0. */
  momentum: number
  /** Takes g + momentum b. */
  nesterov: boolean
  /** w shrinks by lr times this; 0. */
  weightDecay: number
}

const kinds: Kinds<Saved> = {
  lr: 'rate',
  norm: { test: () => true, expected: 'a norm' },
  sharp: 'boolean',
  momentum: 'share',
  nesterov: 'boolean',
  weightDecay: 'rate',
}
const defaults: Saved = { lr: 1e-2, norm: 'l2', sharp: true, momentum: 0, nesterov: false, weightDecay: 0 }

/**
 * w -= lr ||g||* s, where s = norm.steepest(g) is the direction of length 1 in which the loss falls fastest, and ||g||* the dual norm of the gradient;
 * with `sharp: false` w -= lr s. Each parameter by itself.
 *
 * `l2` sharp is SGD, and else normalized gradient descent; `linf` with `sharp: false` is signSGD; `spectral` with `sharp: false` is Muon with an exact
 * polar factor (`Muon` has the quick one); `l1` is coordinate descent by the largest slope. Norms of matrices see kernels as [shape[0], rest] and
 * vectors as one column.
 *
 * State: `momentum_buffer` with momentum. Throws UsageError for options that cannot be, NumericalError for gradients that are not finite.
 * Source: Bernstein & Newhouse 2024, "Old optimizer, new norm".
 *
 * @example
 * const optimizer = new SteepestDescent(model.namedParameters(), { norm: linf, lr: 1e-3, sharp: false })
 */
export class SteepestDescent extends FirstOrder<Saved> {
  #norms: Map<string, Norm>

  constructor(parameters: Parameters, options: Given<SteepestDescentOptions> = {}) {
    const norms = new Map<string, Norm>()
    const byName = (given: object): object => {
      const { norm, ...rest } = given as { norm?: Norm | string }
      if (norm === undefined) return rest
      const known = normOf(norm)
      norms.set(known.name, known)
      return { ...rest, norm: known.name }
    }
    const { groups = [], ...rest } = options
    super('SteepestDescent', parameters, kinds, defaults, {
      ...byName(rest),
      groups: groups.map((group) => byName(group) as GroupRule<Saved>),
    })
    this.#norms = norms
  }

  #norm(name: string): Norm {
    let norm = this.#norms.get(name)
    if (norm === undefined) {
      norm = normOf(name)
      this.#norms.set(name, norm)
    }
    return norm
  }

  protected update(place: Place, group: ParamGroup<Saved>): void {
    const { n, w, type, kernels } = place
    const { lr, momentum, nesterov, sharp, weightDecay } = group
    const norm = this.#norm(group.norm)
    const rule = ruleOf(norm)
    tidy(() =>
      noGrad(() => {
        const g = momentum === 0 ? place.grad : this.withMomentum(place, momentum, 1, nesterov)
        const seen = 'matrix' in rule && g.rank < 2 ? reshape(g, [g.size, 1]) : g
        // Of the Euclidean norm the sharp step is the gradient itself, to the last digit.
        const isItself = sharp && rule.order === 2 && !('matrix' in rule)
        const direction = isItself ? seen : together(norm.steepest(seen))
        const length = isItself || !sharp ? 1 : norm.dual.value(seen).item()
        kernels[`average_${type}`](n, w, direction.pointer, 1 - lr * weightDecay, -lr * length)
      }),
    )
  }
}

function normOf(given: Norm | string): Norm {
  const norm = typeof given === 'string' ? parseNorm(given) : given
  if (norm === null || typeof norm !== 'object' || !isNorm(norm))
    throw new UsageError(
      `SteepestDescent: ${(norm as { name?: string })?.name ?? typeof given} is no norm; expected l2, linf, spectral and kin, which have steepest directions.`,
    )
  return norm
}
