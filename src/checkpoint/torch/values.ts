/** What the constructors of PyTorch's pickles give: storages, tensors, and tensors that cannot be measured. All inert. */
import { Foreign } from '../pickle/index.js'
import type { TorchType } from './dtypes.js'

/** A run of elements that the file holds under a key. */
export class StorageValue extends Foreign {
  constructor(
    readonly type: TorchType,
    readonly key: string,
    /** Elements of the whole storage. */
    readonly count: number,
    /** For views of a storage, as very old files have them: first element and number of elements. */
    readonly view: { readonly offset: number; readonly count: number } | null,
    /** `cpu`, `cuda:0`; `meta` where there are no data. */
    readonly location: string,
  ) {
    super()
  }

  override get noun(): string {
    return 'storage'
  }
}

/** A view of a storage; its bounds have been checked. */
export class TensorValue extends Foreign {
  constructor(
    readonly storage: StorageValue,
    readonly type: TorchType,
    /** First element, in elements of `type` from the beginning of the whole storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super()
  }

  override get noun(): string {
    return 'tensor'
  }
}

/** Elements that the pickle itself holds: a NumPy array. */
export class BytesTensorValue extends Foreign {
  constructor(
    readonly type: TorchType,
    readonly bytes: Uint8Array,
    readonly shape: readonly number[],
    readonly strides: readonly number[] | null,
    readonly bigEndian: boolean,
  ) {
    super()
  }

  override get noun(): string {
    return 'array'
  }
}

/** A tensor whose numbers cannot be had, and why. */
export class UnmeasuredValue extends Foreign {
  constructor(
    readonly dtype: string | null,
    readonly shape: readonly number[] | null,
    readonly why: string,
  ) {
    super()
  }

  override get noun(): string {
    return 'tensor'
  }
}
