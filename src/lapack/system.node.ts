/** The machine's own BLAS and LAPACK, called in place on the kernels' memory. A library is used only after known results came out right. */
import type { Kernels } from '../kernels/index.js'
import { type Abi, openAbi } from './abi.node.js'
import { createBlas } from './blas.node.js'
import { createCholesky } from './cholesky.node.js'
import { createConditions } from './condition.js'
import { createEigen } from './eigen.node.js'
import { candidates, namedLibraries } from './find.node.js'
import { Frame } from './frame.node.js'
import { createGeneral } from './general.node.js'
import { type Identity, identify } from './identify.node.js'
import { type Koffi, loadKoffi } from './koffi.node.js'
import type { BackendInfo, Lapack } from './lapack.js'
import { createLeastSquares } from './leastsquares.node.js'
import { createLU } from './lu.node.js'
import { selfTest } from './probe.js'
import { createQR } from './qr.node.js'
import { createSingular } from './singular.node.js'
import { Threads } from './threads.node.js'
import { createTriangular } from './triangular.node.js'

export interface SystemOptions {
  /** Files to use instead of looking for some: a library with BLAS and LAPACK, or a BLAS and a LAPACK. */
  files?: readonly string[]
}

/** A library that was looked at and not taken. */
export interface Tried {
  path: string
  why: string
}

interface Opened {
  abi: Abi
  identity: Identity
}

/** The library of this thread, by the files that were asked for: loaded and tested once. */
const opened = new Map<string, Opened>()
const tried = new Map<string, string>()

/** What was looked at and not taken so far in this thread, in order, and why. */
export function triedLibraries(): Tried[] {
  return [...tried].map(([path, why]) => ({ path, why }))
}

/**
 * The first usable of: the files given, the files that `NORMBALL_BLAS` names, OpenBLAS, MKL or Accelerate, BLIS with LAPACK, any BLAS and
 * LAPACK in the usual places. It starts with one thread. Where none can be used, says why in words that complete "no library: ...".
 */
export function openSystem(kernels: Kernels, options: SystemOptions = {}): Lapack | { why: string } {
  const koffi = loadKoffi()
  if ('why' in koffi) {
    tried.set('koffi', koffi.why)
    return koffi
  }
  const named = options.files ?? namedLibraries(process.env)
  const key = named?.join('\n') ?? ''
  const known = opened.get(key)
  if (known) return create(koffi, kernels, known)
  for (const files of named ? [named] : candidates()) {
    const lapack = trust(koffi, kernels, files, key)
    if (!('why' in lapack)) return lapack
    tried.set(files.join(' + '), lapack.why)
    if (named) return { why: `${files.join(' + ')} cannot be used: ${lapack.why}` }
  }
  return { why: 'none was found that can be used' }
}

function trust(koffi: Koffi, kernels: Kernels, files: readonly string[], key: string): Lapack | { why: string } {
  const abi = openAbi(koffi, files)
  if ('why' in abi) return abi
  const library = { abi, identity: identify(koffi, abi) }
  const lapack = create(koffi, kernels, library)
  const failed = selfTest(lapack).find((test) => !test.ok)
  if (failed) return { why: `it computes wrongly (${failed.name}: ${failed.why})` }
  opened.set(key, library)
  return lapack
}

function create(koffi: Koffi, kernels: Kernels, { abi, identity }: Opened): Lapack {
  const frame = new Frame(koffi, kernels)
  const threads = new Threads(identity.setThreads)
  const info: BackendInfo = {
    kind: 'system',
    name: identity.name,
    path: abi.files.join(' + '),
    core: identity.core,
    integerBytes: abi.integerBytes,
    get threads() {
      return threads.count
    },
  }
  const triangular = createTriangular(abi, frame, threads, kernels)
  const lu = createLU(abi, frame, threads, kernels, triangular.trsm)
  return {
    info,
    kernels,
    setThreads: (n) => threads.want(n),
    ...createBlas(abi, frame, threads),
    ...triangular,
    ...createCholesky(abi, frame, threads, kernels),
    ...lu,
    ...createQR(abi, frame, threads, kernels),
    ...createLeastSquares(abi, frame, threads, kernels),
    ...createConditions(kernels, { getrs: lu.getrs, trsm: triangular.trsm }),
    ...createGeneral(abi, frame, threads, kernels),
    ...createEigen(abi, frame, threads, kernels),
    ...createSingular(abi, frame, threads, kernels),
  }
}
