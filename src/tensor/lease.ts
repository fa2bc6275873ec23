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
    if (this.watched) unwatched(storage.bytes)
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

/** Leaves the lease to the garbage collector: it ends some time after `tensor` is forgotten. */
export function watch(tensor: object, lease: Lease): void {
  if (lease.watched || lease.storage === null) return
  lease.watched = true
  registry.register(tensor, lease)
  waiting += lease.storage.bytes
  if (waiting < limit) return
  runtime().collect?.()
  // Finalizers run between tasks: until then another collection would find nothing more.
  limit = waiting * 1.5
}

function unwatched(bytes: number): void {
  waiting -= bytes
  if (waiting < limit / 3) limit = base
}
