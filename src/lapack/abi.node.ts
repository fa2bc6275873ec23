/**
 * A loaded BLAS and LAPACK and how it wants to be called: the spelling of its symbols and the width of its integers, found out without ever
 * calling a routine that a wrong guess could crash.
 */
import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { SystemError } from '../core/index.js'
import { coreType, cpuFeatures } from './core.node.js'
import { lapackFiles } from './find.node.js'
import { firstLine, type Koffi, type Library, type Native, withNativeVariable } from './koffi.node.js'
import type { Real } from './lapack.js'

/** Every argument of a routine is an address: a number, since user space ends below 2^53 and numbers cost less than BigInts. */
const address = 'uintptr_t'
/** Fortran compilers append the length of each character argument; a callee that does not expect them ignores them. */
const lengths = (characters: number): string[] => new Array<string>(characters).fill('size_t')

/** How `dgemm` may be spelled: plain Fortran, the 64-bit-integer suffix, SciPy's renamed OpenBLAS, Windows without underscore. */
const spellings: readonly ((stem: string) => string)[] = [
  (stem) => `${stem}_`,
  (stem) => `${stem}_64_`,
  (stem) => `scipy_${stem}_`,
  (stem) => `scipy_${stem}_64_`,
  (stem) => stem,
  (stem) => stem.toUpperCase(),
]

interface Part {
  readonly file: string
  readonly library: Library
  readonly spell: (stem: string) => string
}

export interface Abi {
  /** The files, the BLAS first. */
  readonly files: readonly string[]
  readonly integerBytes: 4 | 8
  /** A Fortran routine with `pointers` arguments and then so many lengths of character arguments (3), or null where the library lacks it. */
  routine(stem: string, pointers: number, characters?: number): Native | null
  /** The same, which must be there. */
  required(stem: string, pointers: number, characters?: number): Native
  /** A C function of the BLAS under any of its decorated names. */
  helper(name: string, result: string, parameters: readonly string[]): Native | null
}

/** Loads a candidate; a BLAS without LAPACK is completed by the usual LAPACK files. Says why, where it cannot be used. */
export function openAbi(koffi: Koffi, files: readonly string[]): Abi | { why: string } {
  const parts: Part[] = []
  for (const file of files) {
    const loaded = load(koffi, file)
    if ('why' in loaded) return loaded
    parts.push(loaded)
  }
  const blas = parts.find((part) => has(part, 'dgemm'))
  if (!blas) return { why: 'it has no BLAS (no routine dgemm under any usual name)' }
  let lapack = parts.find((part) => has(part, 'dgesdd'))
  if (!lapack) {
    // The LAPACK found now must run on this BLAS, whatever the system would give it: global symbols are looked up first.
    koffi.load(blas.file, { global: true })
    for (const file of lapackFiles()) {
      const loaded = load(koffi, file)
      if ('why' in loaded || !has(loaded, 'dgesdd')) continue
      lapack = loaded
      break
    }
  }
  if (!lapack) return { why: 'it has no LAPACK (no routine dgesdd), and no LAPACK library was found beside it' }
  return describe(koffi, blas, lapack)
}

function load(koffi: Koffi, file: string): Part | { why: string } {
  if (isAbsolute(file) && !existsSync(file)) return { why: 'there is no such file' }
  let library: Library
  try {
    library = loadOnBestCore(koffi, file)
  } catch (error) {
    return { why: `it does not load (${firstLine(error)})` }
  }
  const spell = spellings.find((way) => ['dgemm', 'dgesdd'].some((stem) => symbol(library, way(stem))))
  return spell
    ? { file, library, spell }
    : { why: 'it is neither a BLAS nor a LAPACK (no dgemm or dgesdd under any usual name)' }
}

/** OpenBLAS reads its core type once, while it is loaded. Where it does not know the name we ask for, it is loaded again with its own choice. */
function loadOnBestCore(koffi: Koffi, file: string): Library {
  const core = coreType(cpuFeatures())
  if (!core) return koffi.load(file)
  const library = withNativeVariable(koffi, 'OPENBLAS_CORETYPE', core, () => koffi.load(file))
  const actual = helper(library, 'openblas_get_corename', 'str', [])?.() as string | undefined
  if (actual === undefined || actual.toLowerCase() === core.toLowerCase()) return library
  library.unload()
  return koffi.load(file)
}

/** A routine of both element types, looked up when it is first called: a start would spend milliseconds on all of them. */
export function onDemand(abi: Abi, stem: string, pointers: number, characters?: number): (type: Real) => Native {
  const found: Partial<Record<Real, Native>> = {}
  return (type) => {
    found[type] ??= abi.required(`${type === 'f64' ? 'd' : 's'}${stem}`, pointers, characters)
    return found[type]
  }
}

function symbol(library: Library, name: string): boolean {
  try {
    return Boolean(library.symbol(name))
  } catch {
    return false
  }
}

const has = (part: Part, stem: string): boolean => symbol(part.library, part.spell(stem))

function helper(library: Library, name: string, result: string, parameters: readonly string[]): Native | null {
  for (const full of [name, `${name}64_`, `scipy_${name}`, `scipy_${name}64_`])
    if (symbol(library, full)) return library.func(full, result, [...parameters])
  return null
}

function describe(koffi: Koffi, blas: Part, lapack: Part): Abi | { why: string } {
  const parts = blas === lapack ? [blas] : [blas, lapack]
  const routine = (stem: string, pointers: number, characters = 3): Native | null => {
    const part = parts.find((one) => has(one, stem))
    return part
      ? part.library.func(part.spell(stem), 'void', [
          ...new Array<string>(pointers).fill(address),
          ...lengths(characters),
        ])
      : null
  }
  const required = (stem: string, pointers: number, characters?: number): Native => {
    const found = routine(stem, pointers, characters)
    if (!found)
      throw new SystemError('blas', `lapack: ${files.join(' + ')} has no routine ${stem}; try another library`)
    return found
  }
  const files = parts.map((part) => part.file)
  const width = blasIntegerBytes(koffi, required('dcopy', 5))
  const lapackWidth = lapackIntegerBytes(koffi, routine('ilaver', 3))
  if (lapackWidth !== null && lapackWidth !== width)
    return {
      why: `its BLAS has ${8 * width}-bit integers and its LAPACK ${8 * lapackWidth}-bit ones; name two that match`,
    }
  const missing = ['sgemm', 'dgemm', 'ssyrk', 'dsyrk', 'ssyevd', 'dsyevd', 'sgesdd', 'dgesdd'].filter(
    (stem) => !parts.some((part) => has(part, stem)),
  )
  if (missing.length > 0) return { why: `it lacks ${missing.join(', ')}` }
  return {
    files,
    integerBytes: width,
    routine,
    required,
    // Of the BLAS alone: a LAPACK brings whatever BLAS the system gives it, even where its calls go to ours.
    helper: (name, result, parameters) => helper(blas.library, name, result, parameters),
  }
}

/** Copies n numbers with n = 1 in the low half and -1 in the high half: 64-bit integers see a negative count and copy nothing. */
function blasIntegerBytes(koffi: Koffi, dcopy: Native): 4 | 8 {
  const memory = new ArrayBuffer(64)
  const base = Number(koffi.address(new Uint8Array(memory)))
  new Int32Array(memory).set([1, -1, 1, 0])
  const numbers = new Float64Array(memory)
  numbers[4] = 1
  dcopy(base, base + 32, base + 8, base + 40, base + 8, 0, 0, 0)
  return numbers[5] === 1 ? 4 : 8
}

/** LAPACK's version, written over words full of ones: how much of each word changes is the width. Null for a LAPACK older than 3.0. */
function lapackIntegerBytes(koffi: Koffi, ilaver: Native | null): 4 | 8 | null {
  const words = lapackVersionWords(koffi, ilaver)
  return words ? (words[1] === -1 ? 4 : 8) : null
}

function lapackVersionWords(koffi: Koffi, ilaver: Native | null): Int32Array | null {
  if (!ilaver) return null
  const words = new Int32Array(new ArrayBuffer(24)).fill(-1)
  const base = Number(koffi.address(words))
  ilaver(base, base + 8, base + 16, 0, 0, 0)
  return words
}

/** `3.11.0`, or null where the library does not say. */
export function lapackVersion(koffi: Koffi, abi: Abi): string | null {
  const words = lapackVersionWords(koffi, abi.routine('ilaver', 3))
  return words ? `${words[0]}.${words[2]}.${words[4]}` : null
}
