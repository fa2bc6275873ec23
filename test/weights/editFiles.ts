/** Small files and independent readers for the tests of edits. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A folder that goes away after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'normball-edit-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Plain {
  dtype: string
  shape: number[]
  bytes: Uint8Array
}

/** A safetensors file read in a few lines: nothing of the package is used. */
export function readPlain(path: string): { tensors: Map<string, Plain>; metadata: Record<string, string> } {
  const file = readFileSync(path)
  const length = Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.subarray(8, 8 + length).toString('utf8')) as Record<string, unknown>
  const { __metadata__: metadata = {}, ...rest } = header
  const tensors = new Map<string, Plain>()
  for (const [name, one] of Object.entries(rest)) {
    const { dtype, shape, data_offsets } = one as { dtype: string; shape: number[]; data_offsets: [number, number] }
    const bytes = Uint8Array.from(file.subarray(8 + length + data_offsets[0], 8 + length + data_offsets[1]))
    tensors.set(name, { dtype, shape, bytes })
  }
  return { tensors, metadata: metadata as Record<string, string> }
}

/** Elements of an F32 or F64 tensor. */
export function valuesOf({ dtype, bytes }: Plain): Float32Array | Float64Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer)
  if (dtype === 'F64') return new Float64Array(bytes.buffer)
  throw new Error(`${dtype} is not read here`)
}

/** A safetensors file of tensors as bytes. */
export function plainFile(tensors: Record<string, Plain>, metadata: Record<string, string> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  let at = 0
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] }
    at += bytes.length
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + at)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  let place = 8 + text.length
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, place)
    place += bytes.length
  }
  return file
}

export function f32(shape: number[], values: ArrayLike<number>): Plain {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) }
}

export function f64(shape: number[], values: ArrayLike<number>): Plain {
  return { dtype: 'F64', shape, bytes: new Uint8Array(Float64Array.from(values).buffer) }
}

/** Seeded numbers, about normal. */
export function gaussian(seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return () => {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += uniform()
    return sum
  }
}

const python = '/usr/bin/python3'

/** Whether Python with this module is there. */
export function hasPython(module: string): boolean {
  if (!existsSync(python)) return false
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What a Python program prints as JSON. */
export function runPython<T>(program: string, ...args: string[]): T {
  return JSON.parse(execFileSync(python, ['-c', program, ...args], { encoding: 'utf8', cwd: '/' })) as T
}
