/**
 * Who frees a tensor. Each tensor has one lease on its storage and its place on the tape; the scope that it was made in ends the lease, or
 * `dispose()`, or, for what was forgotten outside every scope, the garbage collector.
 */
import type { GradNode } from './autograd/node.js'
import { runtime } from './runtime.js'
import type { Scope } from './scope.js'
import type { Storage } from './storage.js'

export class Lease {
  /** null once it has ended. */
  storage: Storage | null
  node: GradNode | null = null
  /** The scope that will end it. */
  owner: Scope | null = null
  /** Left to the garbage collector. */
  watched = false

  constructor(storage: Storage) {
    this.storage = storage
  }

  /** Ends it; again does nothing. */
  end(): void {
    const { storage, node } = this
    if (storage === null) return
    this.storage = null
    this.node = null
    this.owner = null
    if (this.watched) {
      this.watched = false
      unwatched(storage.bytes)
    }
    storage.tensors--
    storage.release()
    node?.release()
  }
}

const registry = new FinalizationRegistry((lease: Lease) => lease.end())

/** Collection is nudged when so many bytes wait for it: the collector does not see the kernels' memory. */
const base = 256 * 1024 * 1024
let waiting = 0
let limit = base

/**
 * What was left to the garbage collector last, not registered yet: registering costs more than a small operation, and most small tensors are
 * disposed of soon. They are held until the list is full or the task at hand is over, so only small ones wait here.
 */
const recent: (Watched | null)[] = new Array<null>(64).fill(null)
const small = 4096
let recents = 0

/** What has a lease. */
interface Watched {
  readonly lease: Lease
}

function register(): void {
  for (let i = 0; i < recents; i++) {
    const { lease } = recent[i]!
    if (lease.watched) registry.register(recent[i]!, lease)
    recent[i] = null
  }
  recents = 0
}

/** Leaves the lease to the garbage collector: it ends some time after `tensor` is forgotten. */
export function watch(tensor: Watched): void {
  const { lease } = tensor
  if (lease.watched || lease.storage === null) return
  const { bytes } = lease.storage
  lease.watched = true
  if (bytes > small) registry.register(tensor, lease)
  else {
    if (recents === 0) queueMicrotask(register)
    recent[recents++] = tensor
    if (recents === recent.length) register()
  }
  waiting += bytes
  if (waiting < limit) return
  runtime().collect?.()
  // Finalizers run between tasks: until then another collection would find nothing more.
  limit = waiting * 1.5
}

function unwatched(bytes: number): void {
  waiting -= bytes
  if (waiting < limit / 3) limit = base
}
