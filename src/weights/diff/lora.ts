/** What is compared when b is an adapter: the change of each layer with its base, or with the same layer of another adapter. */
import type { TensorEntry } from '../../checkpoint/index.js'
import { plural } from '../../core/index.js'
import type { Adapter, AdapterLayer } from './adapter.js'
import { canonical, flattened } from './names.js'
import { pairByNames, pairingOf, sameShape } from './pairing.js'
import type { Comparison } from './report.js'
import type { Pairing, ShapeChange } from './types.js'

export interface LoraPlan {
  readonly comparisons: Comparison[]
  readonly onlyA: string[]
  readonly onlyB: string[]
  readonly shapeChanged: ShapeChange[]
  readonly warnings: string[]
}

/** The layers of `adapter` beside the weights they change. */
export function planOnBase(base: readonly TensorEntry[], adapter: Adapter): LoraPlan {
  const byName = new Map(base.map((entry) => [canonical(entry.name).key, entry]))
  const byLetters = new Map(
    base.flatMap((entry) => [canonical(entry.name).key, entry.name].map((key) => [flattened(key), entry] as const)),
  )
  const plan: LoraPlan = { comparisons: [], onlyA: [], onlyB: [], shapeChanged: [], warnings: [...adapter.warnings] }
  const touched = new Set<string>()
  for (const layer of adapter.layers) {
    const { key } = canonical(`${layer.stem}.weight`)
    const weight = byName.get(key) ?? byLetters.get(flattened(key).replace(/^lora_(unet|te\d?)_/, ''))
    if (weight === undefined) {
      plan.onlyB.push(layer.stem)
      continue
    }
    touched.add(weight.name)
    const transposed = orientation(weight, layer)
    if (transposed === null)
      plan.shapeChanged.push({
        name: weight.name,
        nameB: layer.stem,
        shapeA: [...weight.shape],
        shapeB: [...layer.shape],
        hint: 'the adapter was made for another base',
      })
    else
      plan.comparisons.push({
        kind: 'factors',
        a: weight,
        b: layer,
        task: { kind: 'added', base: weight, added: layer.factors, transposed },
        shape: [...weight.shape],
        pairing: adapterPairing(weight.name, layer.stem, `scale ${layer.factors.scale} * B A of rank ${layer.rank}`),
      })
  }
  if (plan.onlyB.length > 0)
    plan.warnings.push(`${plural(plan.onlyB.length, 'layer')} of the adapter belong to no weight of a.`)
  const { pairs, shapeChanged, restB } = pairByNames(base, adapter.rest, undefined)
  for (const { a, b, pairing } of pairs) plan.comparisons.push({ kind: 'pair', a, b, pairing })
  for (const { a } of [...pairs, ...shapeChanged]) touched.add(a.name)
  plan.onlyB.push(...restB.map(({ name }) => name), ...shapeChanged.map(({ b }) => b.name))
  plan.warnings.push(
    `${plural(touched.size, 'tensor')} of a ${touched.size === 1 ? 'is' : 'are'} changed by the adapter; the other ${base.length - touched.size} stay as they are and are not in the totals.`,
  )
  return plan
}

/** Whether the change is added as it is (false) or transposed (true); null where it does not fit. */
function orientation(
  { shape, count }: TensorEntry,
  { shape: [rows, columns], transposed }: AdapterLayer,
): boolean | null {
  const first = shape[0] ?? 0
  const rest = first === 0 ? 0 : count / first
  const straight = first === rows && rest === columns
  const turned = shape.length === 2 && first === columns && rest === rows
  if (straight && turned) return transposed
  return straight ? false : turned ? true : null
}

/** Layers of two adapters. */
export function planTwoAdapters(a: Adapter, b: Adapter): LoraPlan {
  const key = ({ stem }: AdapterLayer): string => canonical(stem).key
  const layersB = new Map(b.layers.map((layer) => [key(layer), layer]))
  const plan: LoraPlan = {
    comparisons: [],
    onlyA: [],
    onlyB: [],
    shapeChanged: [],
    warnings: [...new Set([...a.warnings, ...b.warnings])],
  }
  for (const layer of a.layers) {
    const other = layersB.get(key(layer))
    if (other === undefined) {
      plan.onlyA.push(layer.stem)
      continue
    }
    layersB.delete(key(layer))
    if (!sameShape(layer.shape, other.shape))
      plan.shapeChanged.push({
        name: layer.stem,
        nameB: other.stem,
        shapeA: [...layer.shape],
        shapeB: [...other.shape],
        hint: null,
      })
    else
      plan.comparisons.push({
        kind: 'factors',
        a: layer,
        b: other,
        task: { kind: 'factors', a: layer.factors, b: other.factors },
        shape: [...layer.shape],
        pairing: adapterPairing(layer.stem, other.stem, `B A of rank ${other.rank} less B A of rank ${layer.rank}`),
      })
  }
  plan.onlyB.push(...[...layersB.values()].map(({ stem }) => stem))
  const { pairs, restA, restB } = pairByNames(a.rest, b.rest, undefined)
  for (const pair of pairs) plan.comparisons.push({ kind: 'pair', a: pair.a, b: pair.b, pairing: pair.pairing })
  plan.onlyA.push(...restA.map(({ name }) => name))
  plan.onlyB.push(...restB.map(({ name }) => name))
  return plan
}

function adapterPairing(name: string, nameB: string, how: string): Pairing {
  return { ...pairingOf({ name } as TensorEntry, { name: nameB } as TensorEntry, 'adapter', how) }
}
