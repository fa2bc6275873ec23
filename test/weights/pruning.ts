/** Pruning without files: tensors in memory, read in chunks of any size, by the plan of an edit. */
import type { Kind } from '../../src/checkpoint/index.js'
import type { StorageType } from '../../src/core/index.js'
import { createKernels, type Pointer } from '../../src/kernels/index.js'
import { type PruneOptions, pruneEdit } from '../../src/weights/edit/prune/index.js'
import type { Chosen, EditContext, Rewrite } from '../../src/weights/edit/types.js'

export interface Given {
  readonly name?: string
  readonly shape?: readonly number[]
  readonly values: Float32Array | Float64Array | readonly number[]
  readonly kind?: Kind
  readonly outAxis?: number
  readonly storage?: StorageType
}

export interface Pruned {
  readonly values: number[]
  readonly note: string
  readonly details: Record<string, unknown>
  readonly rewrite: Rewrite
}

const kernels = createKernels()

/** What becomes of the tensors. `chunk`: elements that are read at a time, in whole runs. */
export async function pruned(tensors: readonly Given[], options: PruneOptions, chunk = 1000): Promise<Pruned[]> {
  const before = kernels.bytesInUse
  const chosen = tensors.map(chosenOf)
  const stored = new Map(chosen.map((one, i) => [one, stretched(tensors[i]!)]))
  const stream = async (
    one: Chosen,
    run: number,
    visit: (pointer: Pointer, count: number, at: number, type: 'f32' | 'f64') => void,
  ): Promise<void> => {
    const { values, type } = stored.get(one)!
    const size = Math.max(run, chunk - (chunk % run))
    for (let at = 0; at < values.length; at += size) {
      const part = values.subarray(at, at + size)
      const pointer = kernels.alloc(8 * part.length)
      const view = () => (type === 'f32' ? kernels.f32(pointer, part.length) : kernels.f64(pointer, part.length))
      // As the engine does: what is not finite comes as 0 and is put back.
      view().set(part.map((x) => (Number.isFinite(x) ? x : 0)))
      visit(pointer, part.length, at, type)
      part.set(view().map((x, i) => (Number.isFinite(part[i]!) ? x : part[i]!)))
      kernels.free(pointer)
    }
  }
  const context: EditContext = {
    chosen,
    nonfinite: new Set(),
    all: chosen,
    entries: chosen.map(({ entry }) => entry),
    kernels,
    options,
    read: (one, visit, run = 1) => {
      // A plan must not change what it reads.
      const copy = stored.get(one)!.values.slice()
      return stream(one, run, visit).then(() => stored.get(one)!.values.set(copy))
    },
    load: () => Promise.reject(new Error('pruning loads no tensors')),
  }
  const plan = await pruneEdit(options).plan(context)
  const results: Pruned[] = []
  for (const one of chosen) {
    const rewrite = plan.get(one) ?? { kind: 'keep', note: '' }
    if (rewrite.kind === 'entries') {
      const writer = rewrite.start(kernels, stored.get(one)!.type, one.entry.data.type)
      await stream(one, rewrite.run ?? 1, (pointer, count, at) => writer.update(pointer, count, at))
    }
    const more = rewrite.kind === 'entries' ? rewrite.finish?.() : undefined
    const details = { ...rewrite.details, ...more }
    results.push({ values: Array.from(stored.get(one)!.values), note: rewrite.note, details, rewrite })
  }
  if (kernels.bytesInUse !== before) throw new Error(`pruning left ${kernels.bytesInUse - before} bytes behind`)
  return results
}

/** One tensor's values afterwards. */
export async function prunedValues(values: Given['values'], options: PruneOptions, chunk?: number): Promise<number[]> {
  return (await pruned([{ values }], options, chunk))[0]!.values
}

export const zerosOf = (values: readonly number[]): number => values.filter((value) => value === 0).length

function stretched({ values, storage }: Given): { values: Float32Array | Float64Array; type: 'f32' | 'f64' } {
  const type = storage === 'f64' || values instanceof Float64Array ? 'f64' : 'f32'
  return { type, values: type === 'f64' ? Float64Array.from(values) : Float32Array.from(values) }
}

function chosenOf({ name = 'layer.weight', shape, values, kind, outAxis = 0, storage }: Given, index: number): Chosen {
  const type = storage ?? (values instanceof Float64Array ? 'f64' : 'f32')
  const extents = shape ?? [1, values.length]
  const own = kind ?? 'linear'
  return {
    storage: type,
    entry: {
      name: index === 0 ? name : name === 'layer.weight' ? `layer${index}.weight` : name,
      dtype: type,
      shape: extents,
      count: values.length,
      data: {
        storage: { kind: 'bytes', bytes: new Uint8Array(0) },
        type,
        shape: extents,
        offset: 0,
        strides: null,
        bigEndian: false,
      },
      kind: own,
      outAxis,
      groups: null,
      group: 'model',
      sharesWith: null,
    },
    kind: own,
    outAxis,
    groups: null,
  }
}

/** Seeded numbers: mulberry32 and Box-Muller. */
export function normals(seed: number, count: number): Float64Array {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}
