/** Low-rank compression as an edit: spectra and bases first, then the ranks, then the factors as tensors stream to the output. */
import type { TensorEntry } from '../../../checkpoint/index.js'
import { closest, inert, isFloating, UsageError } from '../../../core/index.js'
import { matmul, type Tensor } from '../../../tensor/index.js'
import { tidy } from '../../../tensor/internal.js'
import { isStack } from '../../measure/index.js'
import { nameMatcher } from '../../select.js'
import type { Chosen, Edit, EditContext, Rewrite } from '../types.js'
import { weightedBasis } from './activations.js'
import { type Basis, basisOf } from './basis.js'
import { factorsOf, projected } from './factors.js'
import { detailsOf, type Layer } from './layer.js'
import { type Layout, layoutOf } from './layout.js'
import { type Place, placeOf, pytorchLine, type Refusal } from './modules.js'
import { type CompressOptions, type Goal, goalOf } from './options.js'
import { largestGain, tailsOf } from './rank.js'
import { chooseRanks, type Decision } from './ranks.js'

/** So many bytes of bases are kept from the choice of ranks until the factors are made; beyond that a matrix is decomposed again. */
const mostKept = 2 ** 30
/** Errors under this share of a matrix are beyond what its Gram matrix tells. */
const gramLimit = 1e-6

export interface CompressEdit extends Edit {
  /** Frees what is kept between plan and output. */
  dispose(): void
}

/** The edit that `compress` runs; `kept` bytes are held at most between plan and output. Throws UsageError for impossible options. */
export function compressEdit(options: CompressOptions, kept: number = mostKept): CompressEdit {
  const goal = goalOf(options)
  const run = new Compression(goal, options, kept)
  return {
    command: 'compress',
    record: run.record,
    plan: (context) => run.plan(context),
    nameOf: ({ name }) => run.renames.get(name) ?? name,
    dispose: () => run.dispose(),
  }
}

class Compression {
  readonly record: Record<string, unknown>
  readonly renames = new Map<string, string>()
  readonly #layers: Layer[] = []
  #kept = 0

  constructor(
    readonly goal: Goal,
    readonly options: CompressOptions,
    readonly mostKept: number,
  ) {
    const { dense, weigh = 'absolute', activations } = options
    this.record = {
      [goal.kind]: goal.value,
      ...(goal.kind === 'budget' ? { weigh } : {}),
      ...(activations === undefined ? {} : { activations: [...activations.keys()] }),
      ...(dense === true ? { dense } : {}),
    }
  }

  dispose(): void {
    for (const layer of this.#layers) {
      layer.basis?.vectors.dispose()
      layer.basis = null
    }
  }

  async plan(context: EditContext): Promise<ReadonlyMap<Chosen, Rewrite>> {
    const { options } = this
    const entries = new Map(context.entries.map((entry) => [entry.name, entry]))
    this.#checkActivations(context.chosen)
    const rewrites = new Map<Chosen, Rewrite>()
    const isAsked = options.tensors !== undefined || options.kinds !== undefined
    for (const given of context.chosen) {
      const one = { ...given, groups: this.#groupsOf(given) }
      const place = options.dense === true ? denseReason(one) : placeOf(one, entries, isAsked)
      const layer = place !== null && 'reason' in place ? place : await this.#layerOf(context, given, place)
      if ('reason' in layer) rewrites.set(given, left(layer.reason))
      else this.#layers.push(layer)
    }
    const { decisions, spread } = chooseRanks(this.goal, this.#layers, this.#counts(context), options)
    if (spread !== null) this.record['spread'] = spread
    const modules: Record<string, string> = {}
    for (const [i, layer] of this.#layers.entries()) {
      const rewrite = this.#rewriteOf(layer, decisions[i]!)
      rewrites.set(layer.one, rewrite)
      if (rewrite.kind !== 'whole') this.#drop(layer)
      else if (layer.place !== null) {
        if (layer.place.bias !== null) this.renames.set(...layer.place.bias)
        modules[layer.one.entry.name] = String(
          rewrite.details?.['pytorch'] ?? `two layers of rank ${decisions[i]!.rank}`,
        )
      }
    }
    if (Object.keys(modules).length > 0) this.record['modules'] = modules
    return rewrites
  }

  async #layerOf(context: EditContext, one: Chosen, place: Place | null): Promise<Layer | Refusal> {
    const { entry } = one
    const layout = place === null ? denseLayout(one) : layoutOf(place.form, entry.shape)
    const x = await context.load(one)
    try {
      if (context.nonfinite.has(one)) return { reason: 'it holds elements that are not finite' }
      const basis = this.#decompose(x, layout, entry.name, (sigma) => this.#largest(layout, sigma))
      this.#kept += basis.vectors.size * 8
      const layer: Layer = {
        one,
        place,
        layout,
        sigma: basis.sigma,
        tails: tailsOf(basis.sigma),
        weighed: this.options.activations?.has(entry.name) ?? false,
        method: basis.method,
        basis,
      }
      if (this.#kept > this.mostKept) this.#drop(layer)
      return layer
    } finally {
      x.dispose()
    }
  }

  /** The vectors outlive every scope. */
  #decompose(x: Tensor, layout: Layout, name: string, keep: (sigma: Float64Array) => number): Basis {
    const { goal, options } = this
    const basis = tidy(() => {
      const W = x.reshape([layout.rows, layout.columns])
      const calibration = options.activations?.get(name)
      if (calibration !== undefined) return weightedBasis(W, layout.inputs, calibration, name, keep)
      const exact =
        (goal.kind === 'maxError' && goal.value < gramLimit) ||
        (goal.kind === 'energy' && 1 - goal.value < gramLimit ** 2)
      return basisOf(W, { exact, keep })
    })
    basis.vectors.keep()
    return basis
  }

  /** The most vectors that any choice could ask for. */
  #largest({ rows, columns }: Layout, sigma: Float64Array): number {
    const { goal, options } = this
    if (goal.kind === 'budget' || options.dense !== true) return Math.min(sigma.length, largestGain(rows, columns))
    return sigma.length
  }

  #drop(layer: Layer): void {
    if (layer.basis === null) return
    this.#kept -= layer.basis.vectors.size * 8
    layer.basis.vectors.dispose()
    layer.basis = null
  }

  #rewriteOf(layer: Layer, decision: Decision): Rewrite {
    const { layout, place, one } = layer
    const { rank } = decision
    const details = detailsOf(layer, rank)
    if (rank === null) return { ...left(decision.note), details: { ...details } }
    const make = (x: Tensor): Tensor | readonly Tensor[] => {
      const basis = layer.basis ?? this.#decompose(x, layout, one.entry.name, () => rank)
      const W = x.reshape([layout.rows, layout.columns])
      try {
        if (place === null) return projected(W, basis, rank).reshape([...one.entry.shape])
        return layout.arrange(...factorsOf(W, basis, rank))
      } finally {
        basis.vectors.dispose()
        layer.basis = null
      }
    }
    const note = place?.assumed == null ? decision.note : `${decision.note}; ${place.assumed}`
    if (place === null) return { kind: 'whole', outputs: null, make, note, details: { ...details } }
    const shapes = layout.shapes(rank)
    return {
      kind: 'whole',
      outputs: place.names.map((name, i) => ({ name, shape: shapes[i]! })),
      make,
      assemble: ([first, second]) => matmul(...layout.factors(first!, second!)).reshape([...one.entry.shape]),
      note,
      details: { ...details, pytorch: pytorchLine(place, one.entry.shape, rank) },
    }
  }

  #groupsOf({ entry, groups }: Chosen): number | null {
    for (const [glob, count] of Object.entries(this.options.groups ?? {}))
      if (nameMatcher([glob])(entry.name)) return count
    return groups
  }

  /** Parameters of the floating tensors: of the model, and of those chosen. Shared storage counts once. */
  #counts({ entries, chosen }: EditContext): { model: number; chosen: number } {
    const count = (all: readonly TensorEntry[]): number =>
      all.reduce(
        (sum, entry) =>
          entry.group === 'model' && entry.sharesWith === null && isFloating(entry.data.type) ? sum + entry.count : sum,
        0,
      )
    return { model: count(entries), chosen: count(chosen.map(({ entry }) => entry)) }
  }

  #checkActivations(chosen: readonly Chosen[]): void {
    const { activations, weigh, budget, dense } = this.options
    if (activations === undefined) return
    const names = chosen.map(({ entry }) => entry.name)
    for (const name of activations.keys()) {
      const one = chosen.find(({ entry }) => entry.name === name)
      if (one === undefined) {
        const near = closest(name, names, 1).map((other) => ` Did you mean '${inert(other)}'?`)
        throw new UsageError(
          `compress: the activations name '${inert(name)}', which is no tensor that is compressed.${near.join('')}`,
        )
      }
      if (one.kind === 'embedding' || (one.kind === 'recurrent' && dense !== true))
        throw new UsageError(
          `compress: the activations name '${inert(name)}', which has no inputs to weigh by: it is of kind ${one.kind}.`,
        )
    }
    const plain = names.find((name) => !activations.has(name))
    if (budget !== undefined && weigh !== 'relative' && plain !== undefined)
      throw new UsageError(
        `compress: --budget sums errors, and '${inert(plain)}' has no activations to weigh its error by as others have. Try --weigh relative, or --tensors.`,
      )
  }
}

const left = (note: string): Extract<Rewrite, { kind: 'keep' }> => ({
  kind: 'keep',
  note: note.startsWith('left') ? note : `left alone: ${note}`,
})

function denseReason({ entry, kind }: Chosen): Refusal | null {
  if (entry.shape.length < 2) return { reason: 'it has fewer than two axes' }
  if (isStack(kind, entry.shape)) return { reason: 'it is a stack of matrices' }
  return entry.count === 0 ? { reason: 'it is empty' } : null
}

/** [shape[0], rest], as `inspect` views a matrix; where the outputs lie last, [rest, last]. */
function denseLayout({ entry, outAxis, kind }: Chosen): Layout {
  if (outAxis === entry.shape.length - 1) return layoutOf('outputsLast', entry.shape)
  return layoutOf(kind === 'convTranspose' ? 'transposed' : 'outputsFirst', entry.shape)
}
