/** What `prune` is asked for: the options, and the one method that they spell. */
import { UsageError } from '../../../core/index.js'
import { checkChain } from '../../chain/check.js'
import type { Chain } from '../../chain/types.js'
import type { EditOptions } from '../types.js'
import { type Amount, type ParsedAmount, parseAmount } from './amount.js'

export type GroupNorm = 'l1' | 'l2' | 'linf'
export type Along = 'out' | 'in' | 'kernel' | 'head'
export type Which = 'smallest' | 'largest'

export interface PruneOptions extends EditOptions {
  /** How much becomes zero: a share, or a whole number of elements (groups with `along`); see `Amount`. */
  amount?: Amount | undefined
  /** The smallest magnitudes (the default) or the largest. */
  which?: Which | undefined
  /** One selection over all chosen tensors instead of one in each. */
  global?: boolean | undefined
  /** `remaining`: the amount is of what is not zero yet, as when pruning step by step. */
  of?: 'all' | 'remaining' | undefined
  /** Instead of an amount: zero |w| < fraction * max |w|, as `retain` does; with `which: 'largest'` zero |w| >= fraction * max |w|. */
  fraction?: number | undefined
  /** With `fraction`, the textbook loop: where |w| >= fraction * max |W| the weight becomes 0. The same as `which: 'largest'`. */
  rule?: 'article' | undefined
  /** Whole groups by their norm: rows of the outputs, inputs, kernels of a convolution, heads of attention. */
  along?: Along | undefined
  /** The norm of a group, `l2` by default. */
  norm?: GroupNorm | undefined
  /** Compare means instead of norms, so that groups of different sizes weigh the same: l1 / n, l2 / sqrt(n); linf as it is. */
  scale?: boolean | undefined
  /** Query heads, for `along: 'head'`. */
  heads?: number | undefined
  /** Key and value heads where they are fewer than the query heads. */
  kvHeads?: number | undefined
  /** `'2:4'`: of each 4 consecutive inputs the 2 largest stay. */
  pattern?: string | undefined
  /** By chance instead of by magnitude; the same elements for the same seed and names, everywhere. */
  random?: boolean | undefined
  /** With `along: 'out'`: pruned outputs are removed, with their biases, normalizations and the inputs that read them, where the chain tells what follows. */
  shrink?: boolean | undefined
  /** The layers in their order, for `shrink`. */
  chain?: Chain | undefined
}

interface Counted {
  readonly amount: ParsedAmount
  readonly which: Which
  readonly global: boolean
  readonly ofRemaining: boolean
}

export interface GroupsMethod extends Counted {
  readonly kind: 'groups'
  readonly along: Along
  readonly norm: GroupNorm
  readonly scale: boolean
  readonly heads: number | null
  readonly kvHeads: number | null
  /** The seed of a random choice; null for one by norm. */
  readonly seed: number | null
  /** Pruned outputs are removed along this chain; null where they become zero. */
  readonly chain: Chain | null
}

export type Method =
  | (Counted & { readonly kind: 'magnitude' })
  | (Counted & { readonly kind: 'random'; readonly seed: number })
  | GroupsMethod
  | { readonly kind: 'fraction'; readonly fraction: number; readonly which: Which; readonly global: boolean }
  | { readonly kind: 'pattern'; readonly keep: number; readonly of: number }

/**
 * The method that the options spell.
 *
 * @throws UsageError where they contradict each other or name none
 */
export function methodOf(options: PruneOptions): Method {
  const { amount, fraction, pattern, random = false, global = false, seed = 0 } = options
  const named = (['amount', 'fraction', 'pattern'] as const).filter((name) => options[name] !== undefined)
  if (named.length !== 1)
    throw new UsageError(
      `prune: ${named.length === 0 ? 'nothing' : named.join(' and ')} given; expected one of amount, fraction, pattern. Try an amount of 0.5.`,
    )
  if (options.rule !== undefined && fraction === undefined)
    throw new UsageError("prune: rule 'article' without a fraction; expected both. Try a fraction of 0.1.")
  if (pattern !== undefined) {
    refuse(options, 'pattern', [
      'which',
      'global',
      'of',
      'along',
      'norm',
      'scale',
      'heads',
      'kvHeads',
      'random',
      'shrink',
      'chain',
    ])
    return patternOf(pattern)
  }
  if (fraction !== undefined) {
    refuse(options, 'fraction', ['of', 'along', 'norm', 'scale', 'heads', 'kvHeads', 'random', 'shrink', 'chain'])
    return fractionOf(fraction, options, global)
  }
  if (options.along === undefined && options.norm === undefined) refuse(options, 'single elements', ['shrink', 'chain'])
  const counted: Counted = {
    amount: parseAmount(amount!),
    which: options.which ?? 'smallest',
    global,
    ofRemaining: options.of === 'remaining',
  }
  if (random) refuse(options, 'random', ['which', 'norm', 'scale'])
  const along = options.along ?? (options.norm === undefined ? undefined : 'out')
  if (along !== undefined)
    return { ...groupsOf(along, options), ...counted, seed: random ? seed : null, chain: chainOf(options) }
  refuse(options, 'amount without along', ['scale', 'heads', 'kvHeads'])
  return random ? { ...counted, kind: 'random', seed } : { ...counted, kind: 'magnitude' }
}

/** Removing is asked for with what it needs: outputs, a chain, and no elements that would have to be put back. */
function chainOf(options: PruneOptions): Chain | null {
  const { shrink = false, chain, allowNonfinite = false } = options
  if (!shrink && chain === undefined) return null
  if (!shrink) throw new UsageError('prune: a chain without shrink; expected both.')
  if (chain === undefined)
    throw new UsageError(
      'prune: shrink without a chain: a checkpoint does not say which layer reads the outputs of which. Try --chain chain.json.',
    )
  if ((options.along ?? 'out') !== 'out' || allowNonfinite)
    throw new UsageError(`prune: shrink with ${allowNonfinite ? 'allowNonfinite' : `along '${options.along}'`}; expected along 'out' and finite weights.`) // biome-ignore format: one sentence
  checkChain('prune', chain)
  return chain
}

function refuse(options: PruneOptions, beside: string, names: readonly (keyof PruneOptions)[]): void {
  for (const name of names)
    if (options[name] !== undefined && options[name] !== false)
      throw new UsageError(`prune: ${name} has no meaning with ${beside}; expected one of them.`)
}

function patternOf(pattern: string): Method {
  const [, n, m] = /^(\d{1,4}):(\d{1,4})$/.exec(pattern) ?? []
  const [keep, of] = [Number(n), Number(m)]
  if (!(keep >= 0 && of >= 1 && keep <= of && of <= 1024))
    throw new UsageError(`prune: pattern '${pattern.slice(0, 40)}'; expected N:M with N <= M <= 1024. Try 2:4.`)
  return { kind: 'pattern', keep, of }
}

function fractionOf(fraction: number, options: PruneOptions, global: boolean): Method {
  if (!(fraction >= 0 && Number.isFinite(fraction)))
    throw new UsageError(`prune: fraction ${fraction}; expected a number of at least 0. Try 0.1.`)
  const which = options.which ?? (options.rule === 'article' ? 'largest' : 'smallest')
  if (options.rule === 'article' && which === 'smallest')
    throw new UsageError("prune: rule 'article' zeroes the largest; expected no which: 'smallest' beside it.")
  return { kind: 'fraction', fraction, which, global }
}

function groupsOf(
  along: Along,
  options: PruneOptions,
): Pick<GroupsMethod, 'kind' | 'along' | 'norm' | 'scale' | 'heads' | 'kvHeads'> {
  const { heads = null, kvHeads = null, norm = 'l2', scale = false } = options
  if ((along === 'head') !== (heads !== null) || (kvHeads !== null && heads === null))
    throw new UsageError(
      along === 'head'
        ? "prune: along 'head' without the number of heads; expected both. Try heads 12."
        : `prune: heads with along '${along}'; expected along 'head'.`,
    )
  for (const count of [heads, kvHeads])
    if (count !== null && !(Number.isSafeInteger(count) && count >= 1))
      throw new UsageError(`prune: ${count} heads; expected a whole number from 1 on.`)
  if (heads !== null && kvHeads !== null && heads % kvHeads !== 0)
    throw new UsageError(`prune: ${heads} heads over ${kvHeads} key and value heads; expected a multiple.`)
  return { kind: 'groups', along, norm, scale, heads, kvHeads }
}
