/** Blocks of memory that tensors share, and the account of them. */
import { plural, SystemError, showBytes, showShape } from '../core/index.js'
import type { Pointer } from '../kernels/index.js'
import type { DType } from './dtype.js'
import { runtime } from './runtime.js'

/** A block of the kernels' memory. It is given back when nothing refers to it any more: no tensor, and no gradient still to be computed. */
export class Storage {
  refs = 1
  /** How many tensors look at it: more than one means views. */
  tensors = 1
  /** Counts changes in place, so that a gradient can tell that what it saved is no longer there. */
  version = 0

  constructor(
    readonly pointer: Pointer,
    readonly bytes: number,
    readonly dtype: DType,
    /** Of the tensor it was made for. */
    readonly shape: readonly number[],
  ) {}

  release(): void {
    if (--this.refs > 0) return
    runtime().pool.free(this.pointer, this.bytes)
    account.storages--
    account.bytes -= this.bytes
    if (this.bytes >= notable) large.delete(this)
  }
}

const account = { storages: 0, bytes: 0 }
/** Only blocks from this size on are listed one by one: what fills the memory is among them. */
const notable = 1 << 20
const large = new Set<Storage>()

/** How much memory tensors hold in this thread: blocks, their bytes, and the largest. */
export function memory(): {
  tensors: number
  bytes: number
  largest: { dtype: DType; shape: readonly number[] } | null
} {
  const most = largest()
  return { tensors: account.storages, bytes: account.bytes, largest: most && { dtype: most.dtype, shape: most.shape } }
}

function largest(): Storage | null {
  let most: Storage | null = null
  for (const one of large) if (most === null || one.bytes > most.bytes) most = one
  return most
}

/** Uninitialized memory. Throws SystemError('out-of-memory') that says what holds the memory and what to do. */
export function allocate(bytes: number, dtype: DType, shape: readonly number[]): Storage {
  let pointer: Pointer
  try {
    pointer = runtime().pool.alloc(bytes)
  } catch (error) {
    throw error instanceof SystemError && error.code === 'out-of-memory' ? outOfMemory(bytes, dtype, shape) : error
  }
  const storage = new Storage(pointer, bytes, dtype, shape)
  account.storages++
  account.bytes += bytes
  if (bytes >= notable) large.add(storage)
  return storage
}

function outOfMemory(bytes: number, dtype: DType, shape: readonly number[]): SystemError {
  const most = largest()
  const example = most ? `, the largest ${most.dtype}${showShape(most.shape)} of ${showBytes(most.bytes)}` : ''
  return new SystemError(
    'out-of-memory',
    `out of memory: ${showBytes(bytes)} for a new ${dtype}${showShape(shape)}, while ${plural(account.storages, 'tensor')} of ${showBytes(account.bytes)} are alive${example}; one thread can address 4 GiB. Try scope(() => ...) around each step, dispose() of what is done with, or smaller batches.`,
  )
}
