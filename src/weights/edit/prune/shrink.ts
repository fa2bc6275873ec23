/**
 * Removing pruned outputs for good: the rows, their biases and normalizations, and the inputs that read them in the layer that follows. A
 * checkpoint does not say which layer that is, so the chain is declared. Where it does not tell, the outputs stay as zeros and the note says why.
 */
import { closest, inert, UsageError } from '../../../core/index.js'
import { indexAdd, indexSelect, type Tensor, tensor, where, zeros } from '../../../tensor/index.js'
import type { Chain, ChainLink } from '../../chain/types.js'
import type { Chosen, EditContext, Rewrite } from '../types.js'
import { inAxisOf, isStack } from './axes.js'

/** Outputs that are pruned, marked by tensor. */
export type Marks = ReadonlyMap<Chosen, Uint8Array>

/** What is taken out of one tensor: marked places by axis. */
type Cuts = Map<number, Uint8Array>

/** Channels are mixed here, so that none can be taken out alone. */
const mixing = /^(softmax|logSoftmax|log_softmax|glu|swiglu|geglu|maxout)$/i

/** Adds the removals to a plan that sets outputs to zero. Throws UsageError for a chain that does not fit the tensors. */
export function planShrink(context: EditContext, chain: Chain, marks: Marks, plan: Map<Chosen, Rewrite>): void {
  const shrinker = new Shrinker(context, marks)
  shrinker.walk(chain)
  for (const one of marks.keys()) if (!shrinker.known.has(one)) shrinker.why.set(one, 'the chain does not name it')
  for (const [one, cuts] of shrinker.cuts) plan.set(one, removal(one, cuts, marks.get(one), plan.get(one)))
  for (const [one, why] of shrinker.why) {
    const before = plan.get(one)
    if (before && before.kind !== 'keep' && !shrinker.cuts.get(one)?.has(one.outAxis))
      plan.set(one, { ...(plan.get(one) ?? before), note: `${plan.get(one)!.note}; not removed: ${why}` })
  }
}

class Shrinker {
  readonly cuts = new Map<Chosen, Cuts>()
  readonly why = new Map<Chosen, string>()
  /** Tensors that the chain has named. */
  readonly known = new Set<Chosen>()
  readonly #byName: ReadonlyMap<string, Chosen>
  /** Outputs of the layer before; null at the beginning. */
  #before: number | null = null

  constructor(
    readonly context: EditContext,
    readonly marks: Marks,
  ) {
    this.#byName = new Map(context.all.map((one) => [one.entry.name, one]))
  }

  walk(chain: Chain): void {
    for (const [i, link] of chain.entries()) {
      if ('residual' in link) this.walk(link.residual)
      if (!('tensor' in link)) continue
      const one = this.#named(link.tensor)
      if (this.known.has(one)) throw new UsageError(`prune: the chain names '${inert(link.tensor)}' twice; expected each layer once.`) // biome-ignore format: one line
      this.known.add(one)
      const before = this.#before
      this.#before = one.entry.shape[one.outAxis] ?? null
      const isOut = this.marks.get(one)
      if (isOut === undefined || !isOut.includes(1)) continue
      const parts: [Chosen, number, Uint8Array][] = []
      const why = isDepthwise(one, before)
        ? 'a depthwise convolution has the outputs of the layer before it'
        : this.#follow(one, isOut, chain.slice(i + 1), parts)
      if (why !== null) this.why.set(one, why)
      else for (const [part, axis, places] of parts) this.#cut(part, axis, places)
    }
  }

  /** Collects what goes with the outputs of `one`; the reason where they cannot go. */
  #follow(one: Chosen, isOut: Uint8Array, rest: Chain, parts: [Chosen, number, Uint8Array][]): string | null {
    if (isStack(one)) return 'it is a stack of experts'
    if (!isOut.includes(0)) return 'all of its outputs are pruned'
    parts.push([one, one.outAxis, isOut], ...this.#beside(one.entry.name, isOut))
    for (const link of rest) {
      const why = this.#passing(link, isOut, parts)
      if (why !== undefined) return why ?? this.#shared(parts)
    }
    return 'its outputs leave the chain'
  }

  /** What one link that follows means: undefined where the outputs pass on, null where they end, else why they cannot go. */
  #passing(link: ChainLink, isOut: Uint8Array, parts: [Chosen, number, Uint8Array][]): string | null | undefined {
    if ('residual' in link) return 'its outputs are added to others by a residual branch'
    if ('constant' in link) return 'a layer follows of which only a bound is declared'
    if ('activation' in link) return mixing.test(link.activation) ? `${link.activation} mixes its outputs` : undefined
    if ('pooling' in link) return undefined
    if ('normalization' in link) {
      const found = ['weight', 'bias', 'running_mean', 'running_var'].flatMap((part) =>
        this.#vector(`${link.normalization}.${part}`, isOut),
      )
      if (found.length === 0) throw this.#unknown(`${link.normalization}.weight`)
      parts.push(...found)
      return undefined
    }
    const next = this.#named(link.tensor)
    if (isDepthwise(next, isOut.length)) {
      parts.push([next, next.outAxis, isOut], ...this.#beside(next.entry.name, isOut))
      return undefined
    }
    const axis = inAxisOf(next)
    const inputs = axis === null ? 0 : next.entry.shape[axis]!
    const each = inputs / isOut.length
    if (axis === null || inputs === 0 || !Number.isInteger(each) || (each !== 1 && next.entry.shape.length !== 2))
      throw new UsageError(
        `prune: the chain has '${inert(link.tensor)}' with ${inputs} inputs after ${isOut.length} outputs; expected as many, or a multiple for a linear layer.`,
      )
    // Flattened channels: each is a run of inputs.
    parts.push([next, axis, Uint8Array.from({ length: inputs }, (_, i) => isOut[Math.floor(i / each)]!)])
    return null
  }

  /** The bias beside a weight. */
  #beside(name: string, isOut: Uint8Array): [Chosen, number, Uint8Array][] {
    return this.#vector(name.replace(/weight$/, 'bias').replace(/kernel$/, 'bias'), isOut, name)
  }

  #vector(name: string, isOut: Uint8Array, except?: string): [Chosen, number, Uint8Array][] {
    const one = name === except ? undefined : this.#byName.get(name)
    return one && one.entry.shape.length === 1 && one.entry.count === isOut.length ? [[one, 0, isOut]] : []
  }

  /** Tensors whose storage others use cannot lose a part of it. */
  #shared(parts: readonly [Chosen, number, Uint8Array][]): string | null {
    for (const [{ entry }] of parts)
      if (entry.sharesWith !== null || this.context.entries.some(({ sharesWith }) => sharesWith === entry.name))
        return `'${entry.name}' shares its storage with another tensor`
    return null
  }

  #cut(one: Chosen, axis: number, places: Uint8Array): void {
    const cuts = this.cuts.get(one) ?? new Map<number, Uint8Array>()
    const before = cuts.get(axis)
    cuts.set(axis, before === undefined ? places : before.map((was, i) => was | places[i]!))
    this.cuts.set(one, cuts)
  }

  #named(name: string): Chosen {
    const one = this.#byName.get(name)
    if (one === undefined) throw this.#unknown(name)
    return one
  }

  #unknown(name: string): UsageError {
    const near = closest(name, [...this.#byName.keys()], 3).map((each) => `'${inert(each)}'`)
    return new UsageError(
      `prune: the chain names '${inert(name)}', which the file does not have.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`,
    )
  }
}

/** One input for each output, which are as many as those of the layer before: else it is a convolution of images with one channel. */
function isDepthwise(one: Chosen, before: number | null): boolean {
  const { entry, kind, outAxis } = one
  const axis = inAxisOf(one)
  const isConv = kind === 'conv' && entry.shape.length >= 3 && axis !== null
  return isConv && entry.shape[axis] === 1 && before !== null && before > 1 && entry.shape[outAxis] === before
}

/** Takes places out of a tensor; its pruned outputs that must stay become zero. */
function removal(one: Chosen, cuts: Cuts, pruned: Uint8Array | undefined, before: Rewrite | undefined): Rewrite {
  const { entry, outAxis } = one
  const kept = [...cuts].map(([axis, places]): [number, number[]] => [
    axis,
    Array.from(places.keys()).filter((i) => places[i] === 0),
  ])
  const shape = entry.shape.map((extent, axis) => kept.find(([each]) => each === axis)?.[1].length ?? extent)
  const rows = cuts.get(outAxis)
  const stays = pruned?.some((isOut, i) => isOut === 1 && rows?.[i] !== 1) ? pruned : null
  const removed = kept.map(
    ([axis, left]) =>
      `${entry.shape[axis]! - left.length} of ${entry.shape[axis]} ${axis === outAxis ? 'outputs' : 'inputs'}`,
  )
  const index = (left: readonly number[]): Tensor => tensor(Int32Array.from(left))
  return {
    kind: 'whole',
    outputs: [{ name: entry.name, shape }],
    make(x) {
      let result = stays === null ? x : zeroed(x, outAxis, stays)
      for (const [axis, left] of kept) result = indexSelect(result, index(left), axis)
      return result
    },
    assemble([out]) {
      let result = out!
      for (const [axis, left] of [...kept].reverse()) {
        const wide = [...result.shape]
        wide[axis] = entry.shape[axis]!
        result = indexAdd(zeros(wide, { dtype: result.dtype }), index(left), result, axis)
      }
      return result
    },
    note: `${removed.join(' and ')} removed${stays === null || before === undefined ? '' : `; ${before.note}`}`,
    details: { ...before?.details, removed: Object.fromEntries(kept.map(([axis, left]) => [axis === outAxis ? 'outputs' : 'inputs', entry.shape[axis]! - left.length])) }, // biome-ignore format: one line
  }
}

function zeroed(x: Tensor, axis: number, isOut: Uint8Array): Tensor {
  const shape = x.shape.map((extent, i) => (i === axis ? extent : 1))
  const stays = tensor(
    Uint8Array.from(isOut, (out) => 1 - out),
    { dtype: 'bool', shape },
  )
  return where(stays, x, 0)
}
