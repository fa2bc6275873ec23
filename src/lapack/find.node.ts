/** Where BLAS and LAPACK usually are, best first. Nothing is loaded here. */
import { existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

/** Files that together are one BLAS and LAPACK: a library with both, or a BLAS and then a LAPACK that runs on it. */
export type Candidate = readonly string[]

export interface Machine {
  readonly platform: string
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly exists: (path: string) => boolean
}

export const thisMachine: Machine = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  exists: existsSync,
}

/** Debian's folder names. */
const triplets: Record<string, string> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
  loong64: 'loongarch64-linux-gnu',
}

// Threaded builds come first: a serial one is often built without the locks that several worker threads need.
const openblasLinux = [
  'openblas-pthread/libopenblas.so.0',
  'libopenblasp.so.0',
  'libopenblas.so.0',
  'libopenblas.so.3',
  'libopenblas.so',
  'openblas-openmp/libopenblas.so.0',
  'libopenblaso.so.0',
  'openblas64-pthread/libopenblas64.so.0',
  'libopenblas64.so.0',
  'libopenblasp64_.so.0',
  'libopenblas64_.so.0',
  'libopenblas64_.so',
  'openblas-serial/libopenblas.so.0',
]
const openblasMac = ['libopenblas.dylib', 'libopenblas.0.dylib', 'libopenblas64_.dylib']
const openblasWindows = ['libopenblas.dll', 'openblas.dll', 'libopenblas64_.dll']
const mkl: Record<string, readonly string[]> = {
  linux: ['libmkl_rt.so', 'libmkl_rt.so.2', 'libmkl_rt.so.1'],
  win32: ['mkl_rt.2.dll', 'mkl_rt.1.dll', 'mkl_rt.dll'],
}
/** The library under its own name says its version and takes a number of threads, which Debian's BLAS-only build of it does not. */
const blisLinux = [
  'blis-pthread/libblis.so.4',
  'libblis-mt.so.4',
  'libblis.so.5',
  'libblis.so.4',
  'libblis.so.3',
  'blis-openmp/libblis.so.4',
  'blis-serial/libblis.so.4',
]
const lapackNames: Record<string, readonly string[]> = {
  linux: ['lapack/liblapack.so.3', 'liblapack.so.3', 'liblapack.so'],
  darwin: ['liblapack.dylib', 'liblapack.3.dylib'],
  win32: ['liblapack.dll', 'lapack.dll'],
}

/** Folders in which the loader or a package manager keeps libraries, most specific first. */
function folders({ platform, arch, env }: Machine): string[] {
  const listed = (name: string): string[] => (env[name] ?? '').split(delimiter).filter(isAbsolute)
  const prefixed = (name: string, ...rest: string[]): string[] => (env[name] ? [join(env[name], ...rest)] : [])
  if (platform === 'win32')
    return [
      ...prefixed('CONDA_PREFIX', 'Library', 'bin'),
      ...listed('PATH'),
      'C:\\msys64\\ucrt64\\bin',
      'C:\\msys64\\mingw64\\bin',
      'C:\\opt\\OpenBLAS\\bin',
    ]
  if (platform === 'darwin')
    return [
      ...listed('DYLD_LIBRARY_PATH'),
      ...prefixed('CONDA_PREFIX', 'lib'),
      '/opt/homebrew/opt/openblas/lib',
      '/usr/local/opt/openblas/lib',
      '/opt/local/lib',
      '/opt/homebrew/lib',
      '/usr/local/lib',
    ]
  const triplet = triplets[arch]
  return [
    ...listed('LD_LIBRARY_PATH'),
    ...prefixed('CONDA_PREFIX', 'lib'),
    ...(triplet ? [`/usr/lib/${triplet}`, `/lib/${triplet}`] : []),
    '/usr/lib64',
    '/usr/lib',
    '/usr/local/lib64',
    '/usr/local/lib',
    '/opt/OpenBLAS/lib',
    ...prefixed('MKLROOT', 'lib', 'intel64'),
    ...prefixed('MKLROOT', 'lib'),
    '/opt/intel/oneapi/mkl/latest/lib',
    join(homedir(), '.local', 'lib'),
  ]
}

/** Every existing file of `names`, names before folders: the better kind wins over the more specific place. */
function find(machine: Machine, names: readonly string[]): string[] {
  const where = folders(machine)
  return names.flatMap((name) => where.map((folder) => join(folder, name)).filter(machine.exists))
}

/** Two names of one file are one candidate; links inside the list are followed only to compare, for the loader wants the name it knows. */
function distinct(paths: readonly string[]): string[] {
  const seen = new Set<string>()
  return paths.filter((path) => {
    let real = path
    try {
      real = realpathSync(path)
    } catch {
      // A name for the loader, or a file of a pretended machine.
    }
    return !seen.has(real) && seen.add(real)
  })
}

/** The files that `NORMBALL_BLAS` names, or null when it is not set. */
export function namedLibraries(env: Readonly<Record<string, string | undefined>>): Candidate | null {
  const named = (env['NORMBALL_BLAS'] ?? '').split(delimiter).filter((path) => path !== '')
  return named.length > 0 ? named : null
}

/** Libraries to try, best first. Names without a folder are left to the system's loader. */
export function candidates(machine: Machine = thisMachine): Candidate[] {
  const { platform } = machine
  if (platform === 'win32')
    return distinct([...find(machine, openblasWindows), ...find(machine, mkl['win32']!), 'libopenblas.dll']).map(one)
  if (platform === 'darwin')
    return distinct([
      ...find(machine, openblasMac),
      '/System/Library/Frameworks/Accelerate.framework/Accelerate',
      'libopenblas.dylib',
    ]).map(one)
  return distinct([
    ...find(machine, openblasLinux),
    'libopenblas.so.0',
    ...find(machine, mkl['linux']!),
    ...find(machine, blisLinux),
    ...find(machine, ['libblas.so.3', 'libblas.so']),
    'libblas.so.3',
  ]).map(one)
}

const one = (path: string): Candidate => [path]

/** Where a LAPACK for a BLAS without one may be. */
export function lapackFiles(machine: Machine = thisMachine): string[] {
  const names = lapackNames[machine.platform] ?? lapackNames['linux']!
  return distinct([...find(machine, names), ...(machine.platform === 'linux' ? ['liblapack.so.3'] : [])])
}
