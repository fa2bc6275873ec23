/** Which tensors an edit is about, and what is known of each. */
import type { Checkpoint, Kind, TensorEntry } from '../../checkpoint/index.js'
import { isFloating, plural, type StorageType } from '../../core/index.js'
import { inferKind } from '../kinds.js'
import { nameMatcher, requireMatches } from '../select.js'
import type { Chosen, EditOptions } from './types.js'

/** What is edited when nothing else is asked for: weights, which have two or more axes. */
const weightKinds: ReadonlySet<Kind> = new Set<Kind>([
  ...(['linear', 'conv', 'convTranspose', 'embedding', 'recurrent', 'attention', 'unknown'] as const),
])

/** A tensor of the output: one that may be edited, one that repeats another's storage, or one that is left alone, and why. */
export interface Candidate extends Chosen {
  /** Why it is left alone; null where it is edited. */
  readonly left: string | null
  /** The tensor that uses the same storage in the same way: both are edited alike. */
  readonly twin: Candidate | null
}

/** Every tensor of the model, in the file's order; `storageOf` says what an edited one is stored as. Throws UsageError for a glob that matches nothing. */
export function chooseTensors(
  checkpoint: Checkpoint,
  options: EditOptions,
  storageOf: (entry: TensorEntry) => StorageType,
): Candidate[] {
  const { tensors = [], kinds, minSize = 0 } = options
  const globs = typeof tensors === 'string' ? [tensors] : tensors
  const entries = checkpoint.tensors.filter((entry) => entry.group === 'model')
  requireMatches(
    globs,
    entries.map(({ name }) => name),
    checkpoint.path,
  )
  const matches = nameMatcher(globs)
  const all = new Map(checkpoint.tensors.map((entry) => [entry.name, entry]))

  const whyLeft = (entry: TensorEntry, kind: Kind): string | null => {
    if (!isFloating(entry.data.type)) return `left alone: it holds ${entry.dtype}, no real floating-point numbers`
    if (globs.length > 0 && !matches(entry.name)) return 'left alone: it was not chosen'
    if (entry.count < minSize) return `left alone: it has ${plural(entry.count, 'element')}, fewer than ${minSize}`
    if (kinds !== undefined) return kinds.includes(kind) ? null : `left alone: ${kind} is not among the kinds chosen`
    if (globs.length > 0) return null
    if (!weightKinds.has(kind)) return `left alone: ${describeKind(kind)}`
    return entry.shape.length < 2 ? 'left alone: it has fewer than two axes' : null
  }

  const made = new Map<string, Candidate>()
  const candidates: Candidate[] = []
  for (const entry of entries) {
    const { kind, outAxis } = inferKind(entry, all)
    const first = entry.sharesWith === null ? undefined : made.get(entry.sharesWith)
    const twin = first && sameView(first.entry, entry) ? first : null
    const { groups } = entry
    const storage = storageOf(entry)
    const one: Candidate = { entry, kind, outAxis: outAxis ?? 0, groups, storage, left: whyLeft(entry, kind), twin }
    made.set(entry.name, one)
    candidates.push(one)
  }
  return settleTwins(candidates)
}

/** Names of one storage are edited when one of them is. */
function settleTwins(candidates: readonly Candidate[]): Candidate[] {
  const wanted = new Set<string>()
  for (const { twin, left } of candidates) if (twin !== null && left === null) wanted.add(twin.entry.name)
  const leaders = new Map<string, Candidate>()
  return candidates.map((one) => {
    const twin = one.twin === null ? null : leaders.get(one.twin.entry.name)!
    const left = twin !== null ? twin.left : wanted.has(one.entry.name) ? null : one.left
    const settled = { ...one, left, twin }
    leaders.set(one.entry.name, settled)
    return settled
  })
}

/** Whether two entries are the same elements in the same order. */
function sameView(a: TensorEntry, b: TensorEntry): boolean {
  const same = (x: readonly number[] | null, y: readonly number[] | null): boolean => String(x) === String(y)
  return same(a.shape, b.shape) && same(a.data.strides, b.data.strides) && a.data.offset === b.data.offset
}

function describeKind(kind: Kind): string {
  const said: Partial<Record<Kind, string>> = {
    bias: 'it is a bias',
    norm: 'it belongs to a normalization',
    scalar: 'it is a single number',
    state: 'it is a state and no weight',
    constant: 'it is a constant',
  }
  return `${said[kind] ?? `it is of kind ${kind}`} (kinds chooses others)`
}
