/** The BLAS and LAPACK builds that tests look for on this machine. A test of one that is not there skips visibly. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createKernels } from '../../src/kernels/index.js'
import { type Lapack, openSystem } from '../../src/lapack/index.node.js'

const debian = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`

/** The first of the files that is there. */
const first = (...files: string[]): string | null => files.find((file) => existsSync(file)) ?? null

export const openblas = first(`${debian}/openblas-pthread/libopenblas.so.0`, `${debian}/libopenblas.so.0`)
export const blis = first(`${debian}/blis-pthread/libblis.so.4`, `${debian}/libblis.so.4`)
export const referenceLapack = first(`${debian}/lapack/liblapack.so.3`)
/** 64-bit integers, under plain names (Debian's) or decorated ones (what NumPy brings along). */
export const openblas64 = first(`${debian}/openblas64-pthread/libopenblas64.so.0`) ?? numpysOwn()

function numpysOwn(): string | null {
  const found = spawnSync('python3', ['-c', 'import numpy, os; print(os.path.dirname(numpy.__file__) + ".libs")'], {
    encoding: 'utf8',
  })
  const folder = found.stdout?.trim() ?? ''
  const name = existsSync(folder) ? readdirSync(folder).find((file) => file.includes('openblas64')) : undefined
  return name ? join(folder, name) : null
}

/** Opens exactly these files on a memory of its own. */
export async function openFiles(...files: string[]): Promise<Lapack> {
  const lapack = openSystem(createKernels(), { files })
  if ('why' in lapack) throw new Error(lapack.why)
  return lapack
}
