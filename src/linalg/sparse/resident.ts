/**
 * Sparse matrices in the kernels' memory, where SpMV works. Typed arrays on the JavaScript side are the matrix itself; the copy is made when
 * first needed, kept for the next product, and given back when the matrix is forgotten or when copies of others take too much.
 */
import type { Kernels, Pointer } from '../../kernels/index.js'
import type { Csr } from './csr.js'

export interface Resident {
  readonly indptr: Pointer
  readonly indices: Pointer
  readonly values: Pointer
  readonly type: 'f32' | 'f64'
}

interface Copy extends Resident {
  readonly kernels: Kernels
  readonly bytes: number
  /** Users right now: a copy in use is never given back. */
  pins: number
  alive: boolean
}

/** Copies beyond this are given back, the oldest first. */
const mostBytes = 2 ** 30
const copies = new Set<Copy>()
let totalBytes = 0
const known = new WeakMap<Csr, Map<string, Copy>>()
const registry = new FinalizationRegistry((map: Map<string, Copy>) => {
  for (const copy of map.values()) drop(copy)
})

function drop(copy: Copy): void {
  if (!copy.alive) return
  copy.alive = false
  copies.delete(copy)
  totalBytes -= copy.bytes
  for (const pointer of [copy.indptr, copy.indices, copy.values]) copy.kernels.free(pointer)
}

/** Runs `work` on the matrix's copy with values of `type`. */
export function withResident<T>(
  kernels: Kernels,
  matrix: Csr,
  type: 'f32' | 'f64',
  work: (resident: Resident) => T,
): T {
  const release = pin(kernels, matrix, type)
  try {
    return work(release.resident)
  } finally {
    release.end()
  }
}

/** The same for users that stay longer: call `end` once. */
export function pin(kernels: Kernels, matrix: Csr, type: 'f32' | 'f64'): { resident: Resident; end: () => void } {
  let map = known.get(matrix)
  if (map === undefined) {
    map = new Map()
    known.set(matrix, map)
    registry.register(matrix, map)
  }
  let copy = map.get(type)
  if (copy === undefined || !copy.alive || copy.kernels !== kernels) {
    copy = upload(kernels, matrix, type)
    map.set(type, copy)
  }
  const held = copy
  held.pins++
  return { resident: held, end: () => void held.pins-- }
}

function upload(kernels: Kernels, { indptr, indices, values }: Csr, type: 'f32' | 'f64'): Copy {
  const width = type === 'f32' ? 4 : 8
  const bytes = indptr.length * 4 + indices.length * (4 + width)
  for (const other of copies) {
    if (totalBytes + bytes <= mostBytes) break
    if (other.pins === 0) drop(other)
  }
  const pointers: Pointer[] = []
  try {
    for (const size of [indptr.length * 4, indices.length * 4, indices.length * width])
      pointers.push(kernels.alloc(size))
  } catch (error) {
    for (const pointer of pointers) kernels.free(pointer)
    throw error
  }
  const [p, i, v] = pointers as [Pointer, Pointer, Pointer]
  kernels.i32(p, indptr.length).set(indptr)
  kernels.i32(i, indices.length).set(indices)
  if (type === 'f32') kernels.f32(v, values.length).set(values)
  else kernels.f64(v, values.length).set(values)
  const copy: Copy = { kernels, indptr: p, indices: i, values: v, type, bytes, pins: 0, alive: true }
  copies.add(copy)
  totalBytes += bytes
  return copy
}
