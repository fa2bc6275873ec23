/** Which kernels OpenBLAS should run on this processor, where its own table is older than the processor and would fall back to SSE. */
import { readFileSync } from 'node:fs'

/** What SkylakeX kernels use. */
const avx512 = ['avx512f', 'avx512cd', 'avx512bw', 'avx512dq', 'avx512vl']
/** What Haswell kernels use. */
const avx2 = ['avx2', 'fma']

let cached: ReadonlySet<string> | undefined

/** The processor's feature words as Linux spells them, and its vendor; empty where there is no /proc/cpuinfo. */
export function cpuFeatures(): ReadonlySet<string> {
  cached ??= readFeatures()
  return cached
}

function readFeatures(): ReadonlySet<string> {
  try {
    return parseCpuInfo(readFileSync('/proc/cpuinfo', 'latin1'))
  } catch {
    return new Set()
  }
}

/** Vendor and features (x86 `flags`, ARM `Features`) of the first processor in the text of /proc/cpuinfo. */
export function parseCpuInfo(text: string): ReadonlySet<string> {
  const words = new Set<string>()
  for (const key of ['vendor_id', 'flags', 'Features']) {
    const line = new RegExp(`^${key}\\s*:(.*)$`, 'm').exec(text)
    for (const word of line?.[1]?.trim().split(/\s+/) ?? []) if (word) words.add(word)
  }
  return words
}

/**
 * The OPENBLAS_CORETYPE to ask for, or null to leave the choice to OpenBLAS. AVX-512 kernels are named because releases in use know neither
 * Emerald Rapids (they take SSE kernels, a third of the speed) nor Zen 4 (AVX2). On AVX2 only Intel is named: AMD falls back to AVX2 itself.
 */
export function coreType(features: ReadonlySet<string>): 'SkylakeX' | 'Haswell' | null {
  if (avx512.every((word) => features.has(word))) return 'SkylakeX'
  if (features.has('GenuineIntel') && avx2.every((word) => features.has(word))) return 'Haswell'
  return null
}
