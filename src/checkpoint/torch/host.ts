/** The allow-list of what PyTorch's pickles may construct, and the record of what else they mentioned. */
import { FormatError, inert, plural } from '../../core/index.js'
import { type PickleHost, type PicklePlace, PyGlobal, PyObject, PyTuple, type PyValue } from '../pickle/index.js'
import { describe, malformed, wholeNumber } from './arguments.js'
import { storageClasses, storageModules } from './dtypes.js'
import { numpyDtype, numpyFromBuffer, numpyReconstruct, numpyScalar } from './numpy.js'
import { makeBytes, makeDefaultDict, makeDevice, makeDict, makeList, makeSet, makeTuple, passOn } from './plain.js'
import { isTorchScript, mayStandIn } from './policy.js'
import {
  rebuildParameter,
  rebuildQuantized,
  rebuildSparse,
  rebuildTensor,
  rebuildTensorV3,
  rebuildWithoutData,
} from './rebuild.js'
import { StorageValue } from './values.js'

type Constructor = (args: readonly PyValue[]) => PyValue

const constructors: ReadonlyMap<string, Constructor> = new Map<string, Constructor>([
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensorV3],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch.nn.parameter.Parameter', rebuildParameter],
  ['torch.nn.parameter.Buffer', rebuildParameter],
  ['torch._utils._rebuild_qtensor', rebuildQuantized],
  ['torch._utils._rebuild_sparse_tensor', rebuildSparse],
  ['torch._utils._rebuild_sparse_csr_tensor', rebuildSparse],
  ['torch._utils._rebuild_nested_tensor', rebuildWithoutData('a nested tensor is not supported', null)],
  ['torch._utils._rebuild_meta_tensor_no_storage', rebuildWithoutData('it is a meta tensor, which has no data', 1)],
  ['torch._utils._rebuild_wrapper_subclass', rebuildWithoutData('its class keeps the data elsewhere', 2)],
  ['torch.Size', makeTuple],
  ['torch.device', makeDevice],
  ['torch.serialization._get_layout', passOn],
  ['torch.jit._pickle.build_intlist', passOn],
  ['torch.jit._pickle.build_doublelist', passOn],
  ['torch.jit._pickle.build_boollist', passOn],
  ['torch.jit._pickle.build_tensorlist', passOn],
  ['torch.jit._pickle.restore_type_tag', passOn],
  ['numpy.dtype', numpyDtype],
  ['numpy.core.multiarray.scalar', numpyScalar],
  ['numpy._core.multiarray.scalar', numpyScalar],
  ['numpy.core.multiarray._reconstruct', numpyReconstruct],
  ['numpy._core.multiarray._reconstruct', numpyReconstruct],
  ['numpy.core.numeric._frombuffer', numpyFromBuffer],
  ['numpy._core.numeric._frombuffer', numpyFromBuffer],
  ['collections.OrderedDict', makeDict],
  ['collections.Counter', makeDict],
  ['collections.defaultdict', makeDefaultDict],
  ['collections.deque', makeList],
  ['builtins.dict', makeDict],
  ['builtins.list', makeList],
  ['builtins.tuple', makeTuple],
  ['builtins.set', makeSet],
  ['builtins.frozenset', makeSet],
  ['builtins.bytes', makeBytes],
  ['builtins.bytearray', makeBytes],
  ['_codecs.encode', makeBytes],
])

const mostNamed = 10

export class TorchHost implements PickleHost {
  /** Objects that stand in for classes that are not known, by class. */
  private readonly placeholders = new Map<string, number>()

  construct(target: PyGlobal, args: readonly PyValue[], how: 'call' | 'new', place: PicklePlace): PyValue {
    const make = constructors.get(target.path)
    if (make) return make(args)
    if (/^torch\._tensor\._rebuild_from_type(_v2)?$/.test(target.path)) return this.rebuildFromType(args, place)
    if (!mayStandIn(target, how)) throw refusal(target, place)
    const stand = standIn(target, args, place)
    if (!isTorchScript(stand.type)) {
      this.placeholders.set(stand.type.path, (this.placeholders.get(stand.type.path) ?? 0) + 1)
    }
    return stand
  }

  /** PyTorch's ids: ('storage', class, key, location, count), in legacy files with a view, and ('module', class, ...). */
  persistent(id: PyValue): PyValue {
    if (!(id instanceof PyTuple)) throw malformed(`a persistent id is ${describe(id)} and not a tuple`)
    const [kind, type, key, location, count, view] = id.items
    if (kind === 'module' && type instanceof PyGlobal) return type
    if (kind !== 'storage' || id.items.length < 5 || id.items.length > 6) {
      throw malformed(
        `a persistent id of ${plural(id.items.length, 'item')} does not describe a storage (malformed tuple)`,
      )
    }
    const torchType =
      type instanceof PyGlobal && storageModules.has(type.module) ? storageClasses.get(type.name) : undefined
    if (!torchType)
      throw malformed(
        `the type of a storage is ${describe(type)}, an unknown or unsupported storage class`,
        'bad-dtype',
      )
    if (typeof key !== 'string') throw malformed(`the key of a storage is ${describe(key)} and not a string`)
    const total = wholeNumber(count, "a storage's element count")
    return new StorageValue(torchType, key, total, viewOf(view, total), typeof location === 'string' ? location : '')
  }

  /** One sentence for each unknown class, and one for the rest. */
  warnings(): string[] {
    const all = [...this.placeholders]
    const lines = all
      .slice(0, mostNamed)
      .map(
        ([name, count]) =>
          `${plural(count, 'object')} of the unknown class ${inert(name, 100)} stayed an inert placeholder; its code was not loaded.`,
      )
    if (all.length > mostNamed)
      lines.push(`Objects of ${all.length - mostNamed} more unknown classes stayed inert placeholders.`)
    return lines
  }

  /** A tensor subclass: `(function, class, arguments, state)`. The tensor is measured, the class is mentioned. */
  private rebuildFromType(args: readonly PyValue[], place: PicklePlace): PyValue {
    const [rebuild, type, inner] = args
    if (!(rebuild instanceof PyGlobal && type instanceof PyGlobal && inner instanceof PyTuple)) {
      throw malformed(
        `a tensor subclass is rebuilt from invalid arguments: ${describe(rebuild)}, ${describe(type)}, ${describe(inner)}`,
      )
    }
    if (!rebuild.path.startsWith('torch._utils._rebuild_')) throw refusal(rebuild, place)
    const ours = type.path === 'torch.nn.parameter.Parameter' || type.path === 'torch.Tensor'
    if (!ours) this.placeholders.set(type.path, (this.placeholders.get(type.path) ?? 0) + 1)
    return this.construct(rebuild, inner.items, 'call', place)
  }
}

function viewOf(view: PyValue | undefined, total: number): { offset: number; count: number } | null {
  if (view === undefined || view === null) return null
  if (!(view instanceof PyTuple) || view.items.length !== 3)
    throw malformed(`a storage view is ${describe(view)} and not a tuple of three`)
  const offset = wholeNumber(view.items[1], "a storage view's offset")
  const count = wholeNumber(view.items[2], "a storage view's element count")
  if (offset + count > total)
    throw malformed(
      `a storage view of ${count} elements at offset ${offset} is outside its storage of ${total}`,
      'bad-offset',
    )
  return { offset, count }
}

/** `copyreg._reconstructor(class, base, state)` is how protocols before 2 make an object of `class`. */
function standIn(target: PyGlobal, args: readonly PyValue[], place: PicklePlace): PyObject {
  const [type] = args
  if (target.path !== 'copyreg._reconstructor') return new PyObject(target, args)
  if (!(type instanceof PyGlobal))
    throw malformed(`an object is reconstructed from ${describe(type)} and not from a class`)
  if (!mayStandIn(type, 'new')) throw refusal(type, place)
  return new PyObject(type, [])
}

function refusal(target: PyGlobal, { offset, text }: PicklePlace): FormatError {
  return new FormatError(
    'code-execution',
    `torch: the pickle calls the global ${inert(target.path, 100)} (${text}), which is not allowed: a checkpoint needs only constructors of plain data, and nothing was run. If you trust its maker, save the model's state_dict() instead.`,
    { offset },
  )
}

/** Pickles that must hold plain data only, such as a legacy file's magic number. */
export const plainHost: PickleHost = {
  construct(target, _args, _how, place) {
    throw refusal(target, place)
  },
  persistent() {
    throw malformed('a storage is mentioned where plain data belong')
  },
}
