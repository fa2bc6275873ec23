/**
 * Finds the tensors in what a pickle holds and names them by their path: keys, attributes and indices joined by dots. Shared parts are visited at each of
 * their places (tied weights are listed twice) within a bound, and cycles end.
 */
import { FormatError } from '../../core/index.js'
import {
  nounOf,
  PyBytes,
  PyDict,
  PyFloat,
  PyGlobal,
  PyList,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
} from '../pickle/index.js'
import type { Metadata, MetadataValue } from '../types.js'
import { type WeightRole, weightRole } from './modules.js'
import { NumpyArray, NumpyDtype } from './numpy.js'
import { isTorchScript } from './policy.js'
import { BytesTensorValue, StorageValue, TensorValue, UnmeasuredValue } from './values.js'

export type FoundValue = TensorValue | BytesTensorValue | UnmeasuredValue

export interface Found {
  readonly path: readonly string[]
  readonly value: FoundValue
  readonly group: 'model' | 'optimizer'
  /** What the module around it says, where there is one. */
  readonly role: WeightRole | null
}

export interface Walked {
  readonly found: readonly Found[]
  readonly metadata: Metadata
  readonly warnings: readonly string[]
}

const deepest = 200
const mostMetadata = 200
const longestText = 200
const longestList = 16

/** @param size bytes of the pickle: an honest one has no more paths than bytes */
export function walk(root: PyValue, size: number): Walked {
  const walker = new Walker(4 * size + 1000)
  walker.visit(root, { path: [], group: 'model', quiet: false, role: null })
  if (walker.unnamed > 0) walker.metadata['…'] = `${walker.unnamed} more values`
  return {
    found: walker.found,
    metadata: walker.metadata,
    warnings: walker.cyclic ? ['The checkpoint contains itself; each part was read once along a path.'] : [],
  }
}

interface Place {
  readonly path: readonly string[]
  readonly group: 'model' | 'optimizer'
  /** Leaves stay out of the metadata: attributes of modules are many and say little. */
  readonly quiet: boolean
  /** Of the `weight` of the module that is being visited. */
  readonly role: WeightRole | null
}

class Walker {
  readonly found: Found[] = []
  readonly metadata: { [key: string]: MetadataValue } = Object.create(null)
  unnamed = 0
  cyclic = false
  private named = 0
  private visits = 0
  private readonly ancestors = new Set<PyValue>()

  constructor(private readonly mostVisits: number) {}

  visit(value: PyValue, place: Place): void {
    if (++this.visits > this.mostVisits) {
      throw new FormatError(
        'zip-bomb',
        'torch: the pickle has more paths to its values than bytes: its parts refer to one another without end (a bomb).',
      )
    }
    const tensor = tensorOf(value)
    if (tensor) this.found.push({ path: place.path, value: tensor, group: place.group, role: place.role })
    else if (isContainer(value)) this.enter(value, place)
    else if (!place.quiet) this.note(place.path, value)
  }

  private enter(value: Container, place: Place): void {
    if (this.ancestors.has(value)) {
      this.cyclic = true
      return
    }
    if (place.path.length > deepest) {
      throw new FormatError(
        'deep-nesting',
        `torch: the pickle nests deeper than ${deepest} levels, which no checkpoint does.`,
      )
    }
    this.ancestors.add(value)
    if (value instanceof PyDict) this.dict(value, place)
    else if (value instanceof PyObject) this.object(value, place)
    else this.list(value.items, place)
    this.ancestors.delete(value)
  }

  private dict(dict: PyDict, place: Place): void {
    const isOptimizer = dict.get('state') !== undefined && dict.get('param_groups') !== undefined
    for (const [index, key] of dict.keys.entries()) {
      const step = keyText(key)
      const inner = isOptimizer || (place.path.length < 2 && optimizerKey.test(step))
      this.visit(dict.values[index]!, {
        path: [...place.path, step],
        group: inner ? 'optimizer' : place.group,
        quiet: place.quiet,
        role: step === 'weight' ? place.role : null,
      })
    }
  }

  private list(items: readonly PyValue[], place: Place): void {
    if (items.length > 0 && items.every((item) => !isContainer(item) && !tensorOf(item))) {
      this.visits += items.length
      if (!place.quiet) this.note(place.path, items)
      return
    }
    for (const [index, item] of items.entries())
      this.visit(item, { ...place, path: [...place.path, String(index)], role: null })
  }

  /** An object's attributes; those of a module (`_parameters`, `_buffers`, `_modules`) are named as in its state dict. */
  private object(object: PyObject, place: Place): void {
    const { state } = object
    const isModule = state.get('_parameters') instanceof PyDict || state.get('_modules') instanceof PyDict
    const script = isTorchScript(object.type)
    const own = weightRole(object)
    for (const [index, key] of state.keys.entries()) {
      const value = state.values[index]!
      const step = keyText(key)
      if (isModule && value instanceof PyDict && moduleParts.has(step))
        this.visit(value, { ...place, quiet: true, role: step === '_parameters' ? own : null })
      else if (!(isModule && step.startsWith('_'))) {
        const quiet = place.quiet || isModule || (script && scriptNoise.has(step))
        this.visit(value, { ...place, path: [...place.path, step], quiet, role: step === 'weight' ? own : null })
      }
    }
    if (object.entries.size > 0) this.dict(object.entries, { ...place, role: null })
    if (object.items.length > 0) this.list(object.items, place)
    for (const [index, argument] of object.args.entries()) {
      if (tensorOf(argument) || isContainer(argument))
        this.visit(argument, { ...place, path: [...place.path, String(index)], quiet: true, role: null })
    }
  }

  private note(path: readonly string[], value: PyValue | readonly PyValue[]): void {
    const name = path.join('.')
    if (name in this.metadata || this.named >= mostMetadata) {
      this.unnamed++
      return
    }
    this.named++
    this.metadata[name] = Array.isArray(value) ? listOf(value) : leafOf(value as PyValue)
  }
}

type Container = PyDict | PyObject | PyList | PyTuple | PySet

/** `optimizer`, `optimizer_state_dict`, `optim`, `ema_optimizer`: what training programs call an optimizer's state. */
const optimizerKey = /(^|_)optim(izers?)?($|_)/i
const moduleParts: ReadonlySet<string> = new Set(['_parameters', '_buffers', '_modules'])
const scriptNoise: ReadonlySet<string> = new Set(['training', '_is_full_backward_hook'])

function isContainer(value: PyValue): value is Container {
  return (
    value instanceof PyDict ||
    value instanceof PyList ||
    value instanceof PyTuple ||
    value instanceof PyObject ||
    value instanceof PySet
  )
}

function tensorOf(value: PyValue): FoundValue | null {
  if (value instanceof NumpyArray) return value.value
  const isTensor = value instanceof TensorValue || value instanceof BytesTensorValue || value instanceof UnmeasuredValue
  return isTensor ? value : null
}

/** A key as one step of a name; tuples as Python writes them. */
function keyText(key: PyValue, depth = 0): string {
  if (typeof key === 'string') return depth === 0 ? key : `'${key}'`
  if (key instanceof PyTuple && depth < 4) {
    const items = key.items.slice(0, longestList).map((item) => keyText(item, depth + 1))
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
  }
  const leaf = leafOf(key)
  if (leaf === null) return 'None'
  return typeof leaf === 'boolean' ? (leaf ? 'True' : 'False') : String(leaf)
}

function listOf(items: readonly PyValue[]): MetadataValue[] {
  const shown: MetadataValue[] = items.slice(0, longestList).map(leafOf)
  if (items.length > longestList) shown.push(`… ${items.length - longestList} more`)
  return shown
}

function leafOf(value: PyValue): MetadataValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText)}…` : value
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof PyFloat) return Number.isFinite(value.value) ? value.value : String(value.value)
  if (value instanceof PyBytes) return `${value.bytes.length} bytes`
  if (value instanceof PyGlobal) return value.path
  if (value instanceof NumpyDtype) return value.word
  if (value instanceof StorageValue) return `storage of ${value.count} elements`
  return `a ${nounOf(value)}`
}
