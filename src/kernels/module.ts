/** Loads the two WebAssembly modules, compiled once in a thread, on a memory of their own. */
import { arithWasm } from './embedded/arith.js'
import { decodeWasm } from './embedded/decode.js'

/** Below lie the static data of both modules (arith from 1024, decode from 512 KiB: scripts/build.mjs) and assembly/arith/scratch.ts. */
export const heapBase = 0x1a0000

const pageBytes = 65536

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

let compiled: Promise<readonly [WebAssembly.Module, WebAssembly.Module]> | undefined

function compile(): Promise<readonly [WebAssembly.Module, WebAssembly.Module]> {
  compiled ??= Promise.all([WebAssembly.compile(bytesOf(arithWasm)), WebAssembly.compile(bytesOf(decodeWasm))])
  return compiled
}

export interface Instances {
  readonly memory: WebAssembly.Memory
  readonly arith: WebAssembly.Exports
  readonly decode: WebAssembly.Exports
}

/** Instances of both modules on one new memory. */
export async function instantiate(): Promise<Instances> {
  const [arith, decode] = await compile()
  const memory = new WebAssembly.Memory({ initial: (2 * 1024 * 1024) / pageBytes, maximum: 65536 })
  const imports = { env: { memory } }
  const [first, second] = await Promise.all([
    WebAssembly.instantiate(arith, imports),
    WebAssembly.instantiate(decode, imports),
  ])
  return { memory, arith: first.exports, decode: second.exports }
}
