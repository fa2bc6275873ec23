/** PyTorch's own constructors: tensors, parameters and what surrounds them. Each checks its arguments and makes an inert value. */
import { elementCount, inert, showShape } from '../../core/index.js'
import { PyDict, PyGlobal, PyTuple, type PyValue } from '../pickle/index.js'
import { describe, malformed, wholeNumber, wholeNumbers } from './arguments.js'
import { type TorchType, torchDtypes, untyped } from './dtypes.js'
import { BytesTensorValue, StorageValue, TensorValue, UnmeasuredValue } from './values.js'

type Arguments = readonly PyValue[]

/** `_rebuild_tensor(storage, offset, size, stride)`, and `_rebuild_tensor_v2` with more behind. */
export function rebuildTensor(args: Arguments): PyValue {
  const [storage, offset, size, stride, , , metadata] = args
  if (args.length < 4)
    throw malformed(
      `a tensor is rebuilt from ${args.length} arguments, and 4 are missing at least: storage, offset, size, stride`,
    )
  if (!(storage instanceof StorageValue))
    throw malformed(`the first argument of a tensor is ${describe(storage)} and not a storage`)
  return viewOf(storage, storage.type, offset, size, stride, metadata)
}

/** `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata)`, for types without a storage class. */
export function rebuildTensorV3(args: Arguments): PyValue {
  const [storage, offset, size, stride, , , dtype, metadata] = args
  if (args.length < 7) throw malformed(`a tensor (v3) is rebuilt from ${args.length} arguments, and 7 are wanted`)
  if (!(storage instanceof StorageValue))
    throw malformed(`the first argument of a tensor is ${describe(storage)} and not a storage`)
  return viewOf(storage, dtypeOf(dtype), offset, size, stride, metadata)
}

function dtypeOf(value: PyValue | undefined): TorchType {
  const type = value instanceof PyGlobal && value.module === 'torch' ? torchDtypes.get(value.name) : undefined
  if (!type) throw malformed(`the dtype of a tensor is ${describe(value)}, which is unknown`, 'bad-dtype')
  return type
}

function viewOf(
  storage: StorageValue,
  type: TorchType,
  offset: PyValue | undefined,
  size: PyValue | undefined,
  stride: PyValue | undefined,
  metadata: PyValue | undefined,
): PyValue {
  if (type === untyped) throw malformed('a tensor has an untyped storage and no dtype', 'bad-dtype')
  const first = wholeNumber(offset, "the tensor's storage offset")
  const shape = wholeNumbers(size, 'size')
  const strides = wholeNumbers(stride, 'stride')
  if (strides.length !== shape.length) {
    throw malformed(
      `a tensor has the size ${showShape(shape)} and the stride ${showShape(strides)}: their ranks differ`,
      'bad-shape',
    )
  }
  const available = Math.floor(((storage.view?.count ?? storage.count) * storage.type.bytes) / type.bytes)
  checkBounds(first, shape, strides, available)
  if (type.type === null) return new UnmeasuredValue(type.word, shape, type.why!)
  if (storage.location === 'meta')
    return new UnmeasuredValue(type.word, shape, 'it is a meta tensor, which has no data')
  if (metadata instanceof PyDict && metadata.get('neg') === true) {
    return new UnmeasuredValue(type.word, shape, 'it is a lazily negated view; resolve_neg() it before saving')
  }
  return new TensorValue(storage, type, first + viewStart(storage, type), shape, strides)
}

/** Where a storage view begins, in elements of the tensor's type. */
function viewStart(storage: StorageValue, type: TorchType): number {
  return ((storage.view?.offset ?? 0) * storage.type.bytes) / type.bytes
}

function checkBounds(first: number, shape: readonly number[], strides: readonly number[], available: number): void {
  if (elementCount(shape) === 0) return
  let last = first
  for (const [axis, size] of shape.entries()) if (size > 1) last += (size - 1) * strides[axis]!
  // Beyond 2^53 the sum is rounded, and far past any storage.
  if (last >= available) {
    throw malformed(
      `a tensor of size ${showShape(shape)}, stride ${showShape(strides)} and offset ${first} ends past the bounds of its storage of ${available} elements`,
      'bad-offset',
    )
  }
}

/** `_rebuild_parameter(data, requires_grad, hooks)`, with state or without, and `Parameter(data, requires_grad)`. */
export function rebuildParameter(args: Arguments): PyValue {
  const [data] = args
  if (data instanceof TensorValue || data instanceof UnmeasuredValue || data instanceof BytesTensorValue) return data
  throw malformed(`a parameter is rebuilt from ${describe(data)} and not from a tensor`)
}

/** `_rebuild_qtensor(storage, offset, size, stride, quantizer, requires_grad, hooks)`. */
export function rebuildQuantized(args: Arguments): PyValue {
  const [storage, , size] = args
  if (!(storage instanceof StorageValue))
    throw malformed(`the first argument of a quantized tensor is ${describe(storage)} and not a storage`)
  return new UnmeasuredValue(
    storage.type.word,
    wholeNumbers(size, 'size'),
    'a quantized tensor is not supported; dequantize() it before saving',
  )
}

/** `_rebuild_sparse_tensor(layout, (indices, values, size, ...))`. */
export function rebuildSparse(args: Arguments): PyValue {
  const [layout, data] = args
  const parts = data instanceof PyTuple ? data.items : []
  const values = parts.find((part, index) => index > 0 && part instanceof TensorValue && part.type.type !== 'i64')
  const size = parts.find((part, index) => index > 0 && part instanceof PyTuple)
  const dtype = values instanceof TensorValue ? values.type.word : null
  const kind =
    layout instanceof PyGlobal ? layout.name : typeof layout === 'string' ? layout.replace('torch.', '') : 'sparse'
  const shape = size === undefined ? null : wholeNumbers(size, 'size')
  return new UnmeasuredValue(
    dtype,
    shape,
    `a sparse tensor (${inert(kind, 24)}) is not supported; to_dense() it before saving`,
  )
}

/** Constructors of tensors that exist only in a running program, with the place of their size among the arguments. */
export function rebuildWithoutData(why: string, sizeAt: number | null): (args: Arguments) => PyValue {
  return (args) => {
    const size = sizeAt === null ? null : args[sizeAt]
    return new UnmeasuredValue(null, size instanceof PyTuple ? wholeNumbers(size, 'size') : null, why)
  }
}
