/** What a loaded library calls itself, the core type it runs on, and how its threads are set. */
import type { Abi } from './abi.node.js'
import { lapackVersion } from './abi.node.js'
import type { Koffi } from './koffi.node.js'

export interface Identity {
  /** `OpenBLAS 0.3.21`, `BLIS 0.9.0 + LAPACK 3.11.0`, `MKL 2024.1`, `BLAS + LAPACK 3.12.0`. */
  readonly name: string
  readonly core: string | null
  /** Sets the number of threads, for the whole process; null for a library that has none to set. */
  readonly setThreads: ((n: number) => void) | null
}

/** Asks the library for its name by the functions that only one of them has. */
export function identify(koffi: Koffi, abi: Abi): Identity {
  const text = (name: string): string | null => (abi.helper(name, 'str', [])?.() as string | null | undefined) ?? null
  const withLapack = (blas: string): string => {
    const version = lapackVersion(koffi, abi)
    return version ? `${blas} + LAPACK ${version}` : `${blas} + LAPACK`
  }

  const config = text('openblas_get_config')
  if (config !== null) {
    const version = /OpenBLAS\s+v?(\d[\w.]*)/i.exec(config)?.[1]
    return {
      name: version ? `OpenBLAS ${version}` : 'OpenBLAS',
      core: text('openblas_get_corename'),
      setThreads: abi.helper('openblas_set_num_threads', 'void', ['int']),
    }
  }
  const blis = text('bli_info_get_version_str')
  if (blis !== null) {
    const query = abi.helper('bli_arch_query_id', 'int', [])
    const show = abi.helper('bli_arch_string', 'str', ['int'])
    return {
      name: withLapack(`BLIS ${blis.replace(/^(AOCL-)?BLIS\s+/i, '')}`),
      core: query && show ? (show(query()) as string) : null,
      setThreads: abi.helper('bli_thread_set_num_threads', 'void', ['int64']),
    }
  }
  const mkl = abi.helper('MKL_Set_Num_Threads', 'void', ['int'])
  if (mkl) return { name: 'MKL', core: null, setThreads: mkl }
  if (abi.files.some((file) => file.includes('Accelerate.framework')))
    return { name: 'Accelerate', core: null, setThreads: null }
  return { name: withLapack('BLAS'), core: null, setThreads: null }
}
