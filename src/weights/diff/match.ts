/**
 * Pairs tensors that no name pairs by shape and content: the two that are closest first, each once. A matrix may be the other's transpose.
 */
import type { Source, TensorEntry } from '../../checkpoint/index.js'
import { isFloating, plural } from '../../core/index.js'
import type { MeasureEngine, MeasureOptions } from '../measure/index.js'
import { isTransposed, type Pair, type Paired, pairingOf } from './pairing.js'
import { transposeOf } from './plan.js'
import { sampleDistance, sampleOf, samplePlaces } from './sample.js'

/** Elements by which two tensors are compared, and how many products of such samples a group of one shape may cost. */
const sampleMost = 4096
const sampleLeast = 64
const work = 2e8
/** A pair is a guess where another candidate is not much farther than this share of it. */
const clear = 0.75
/** A transpose under the same name is one when it is nearer than this. */
const agrees = 0.5

interface Candidate {
  readonly a: TensorEntry
  /** As a's shape: perhaps a transposed view. */
  readonly b: TensorEntry
  readonly distance: number
  readonly transposed: boolean
}

/** Adds pairs to `paired` and takes them from its rests. */
export async function pairByContent(
  paired: Paired,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Paired> {
  const read = (entry: TensorEntry, most: number): Promise<Float64Array> =>
    sampleOf(entry, samplePlaces(entry.count, most), sources, engine, options)
  const { pairs: named, shapeChanged } = await transposesOfOneName(paired, read)
  const pairs: Pair[] = [...named]
  for (const { as, bs } of groupsOf(paired.restA, paired.restB)) pairs.push(...best(await candidatesOf(as, bs, read)))
  const taken = new Set(pairs.flatMap(({ a, b }) => [`a ${a.name}`, `b ${b.name}`]))
  const guesses = pairs.filter(({ pairing }) => pairing.ambiguous).length
  return {
    pairs: [...paired.pairs, ...pairs],
    shapeChanged,
    restA: paired.restA.filter(({ name }) => !taken.has(`a ${name}`)),
    restB: paired.restB.filter(({ name }) => !taken.has(`b ${name}`)),
    warnings:
      guesses === 0
        ? paired.warnings
        : [
            ...paired.warnings,
            `${plural(guesses, 'pair')} found by content ${guesses === 1 ? 'is a guess' : 'are guesses'}: another tensor of the shape is nearly as close (pairing has ambiguous: true).`,
          ],
  }
}

type Read = (entry: TensorEntry, most: number) => Promise<Float64Array>

async function transposesOfOneName(paired: Paired, read: Read): Promise<Pick<Paired, 'pairs' | 'shapeChanged'>> {
  const pairs: Pair[] = []
  const shapeChanged: Paired['shapeChanged'] = []
  for (const pair of paired.shapeChanged) {
    const { a, b } = pair
    const turned = isTransposed(a.shape, b.shape) ? transposeOf(b) : null
    const distance = turned === null ? null : sampleDistance(await read(a, sampleMost), await read(turned, sampleMost))
    if (turned === null || distance === null || !(distance < agrees)) shapeChanged.push(pair)
    else {
      const pairing = pairingOf(a, b, 'content', 'the same name, and b is the transpose')
      pairs.push({ a, b: turned, pairing: { ...pairing, transposed: true, distance } })
    }
  }
  return { pairs, shapeChanged }
}

/** Tensors of one shape, transposes together. Single numbers tell nothing. */
function groupsOf(
  restA: readonly TensorEntry[],
  restB: readonly TensorEntry[],
): { as: TensorEntry[]; bs: TensorEntry[] }[] {
  const groups = new Map<string, { as: TensorEntry[]; bs: TensorEntry[] }>()
  const add = (entry: TensorEntry, side: 'as' | 'bs'): void => {
    if (!isFloating(entry.data.type) || entry.count < 2) return
    const { shape } = entry
    const key = (shape.length === 2 ? [...shape].sort((x, y) => x - y) : shape).join()
    const group = groups.get(key) ?? { as: [], bs: [] }
    groups.set(key, group)
    group[side].push(entry)
  }
  for (const entry of restA) add(entry, 'as')
  for (const entry of restB) add(entry, 'bs')
  return [...groups.values()].filter(({ as, bs }) => as.length > 0 && bs.length > 0)
}

async function candidatesOf(as: readonly TensorEntry[], bs: readonly TensorEntry[], read: Read): Promise<Candidate[]> {
  const most = Math.max(sampleLeast, Math.min(sampleMost, Math.floor(work / (as.length * bs.length))))
  const samplesA: Float64Array[] = []
  for (const a of as) samplesA.push(await read(a, most))
  const found: Candidate[] = []
  for (const b of bs) {
    const turned = transposeOf(b)
    const views = [
      { b, transposed: false },
      ...(turned !== null && b.shape.every((size) => size > 1) ? [{ b: turned, transposed: true }] : []),
    ]
    for (const view of views) {
      const fitting = as.map((a, at) => ({ a, at })).filter(({ a }) => a.shape.join() === view.b.shape.join())
      if (fitting.length === 0) continue
      const sample = await read(view.b, most)
      for (const { a, at } of fitting) found.push({ a, ...view, distance: sampleDistance(samplesA[at]!, sample) })
    }
  }
  return found
}

/** The closest first, each tensor once; equal distances keep the files' order. */
function best(candidates: readonly Candidate[]): Pair[] {
  const taken = new Set<string>()
  const pairs: Pair[] = []
  const rivals = new Rivals(candidates)
  // Sorting is stable.
  for (const one of [...candidates].sort((x, y) => x.distance - y.distance)) {
    const keys = keysOf(one)
    if (keys.some((key) => taken.has(key))) continue
    for (const key of keys) taken.add(key)
    const runnerUp = rivals.of(one)
    const how = runnerUp === null ? 'the only tensors of this shape' : 'the closest contents of this shape'
    pairs.push({
      a: one.a,
      b: one.b,
      pairing: {
        ...pairingOf(one.a, one.b, 'content', one.transposed ? `${how}, b transposed` : how),
        transposed: one.transposed,
        distance: one.distance,
        runnerUp,
        ambiguous: runnerUp !== null && one.distance >= clear * runnerUp,
      },
    })
  }
  return pairs
}

/** The two sides of a candidate, which may have one name. */
function keysOf({ a, b }: Candidate): readonly [string, string] {
  return [`a ${a.name}`, `b ${b.name}`]
}

/** For each tensor its two nearest partners: enough to know the next best of any pair. */
class Rivals {
  readonly #nearest = new Map<string, { partner: string; distance: number }[]>()

  constructor(candidates: readonly Candidate[]) {
    for (const one of candidates) {
      const [a, b] = keysOf(one)
      this.#add(a, b, one.distance)
      this.#add(b, a, one.distance)
    }
  }

  /** The smallest distance that either side has to another partner; null where neither has another. */
  of(one: Candidate): number | null {
    const [a, b] = keysOf(one)
    const others = [
      this.#nearest.get(a)!.find(({ partner }) => partner !== b),
      this.#nearest.get(b)!.find(({ partner }) => partner !== a),
    ].flatMap((rival) => (rival === undefined ? [] : [rival.distance]))
    return others.length === 0 ? null : Math.min(...others)
  }

  #add(key: string, partner: string, distance: number): void {
    const list = this.#nearest.get(key) ?? []
    this.#nearest.set(key, list)
    const known = list.find((one) => one.partner === partner)
    if (known) known.distance = Math.min(known.distance, distance)
    else list.push({ partner, distance })
    list.sort((x, y) => x.distance - y.distance)
    list.length = Math.min(list.length, 2)
  }
}
