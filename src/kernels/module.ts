/** Loads the WebAssembly modules, compiled once in a thread, on a memory of their own. */
import { arithWasm } from './embedded/arith.js'
import { arrayWasm } from './embedded/array.js'
import { decodeWasm } from './embedded/decode.js'

/** Below lie the static data of the modules (arith from 1024, decode from 512 KiB, array from 768 KiB: scripts/build.mjs) and assembly/arith/scratch.ts. */
export const heapBase = 0x1a0000

const pageBytes = 65536

/** A byte for each character: see scripts/build.mjs. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

const compiled = new Map<string, WebAssembly.Module>()

/** The module compiled in this thread: at once, so that a tensor can be made without waiting. Browsers allow that up to 8 MB. */
function compile(name: string, text: string): WebAssembly.Module {
  let module = compiled.get(name)
  if (module === undefined) {
    module = new WebAssembly.Module(bytesOf(text))
    compiled.set(name, module)
  }
  return module
}

export interface Instances {
  readonly memory: WebAssembly.Memory
  readonly arith: WebAssembly.Exports
  readonly decode: WebAssembly.Exports
  /** Made when first asked for: what only measures weights has no use for it. */
  readonly array: WebAssembly.Exports
}

/** Instances of the modules on one new memory. */
export function instantiate(): Instances {
  const memory = new WebAssembly.Memory({ initial: (2 * 1024 * 1024) / pageBytes, maximum: 65536 })
  const imports = { env: { memory } }
  const instance = (name: string, text: string): WebAssembly.Exports =>
    new WebAssembly.Instance(compile(name, text), imports).exports
  let array: WebAssembly.Exports | undefined
  return {
    memory,
    arith: instance('arith', arithWasm),
    decode: instance('decode', decodeWasm),
    get array() {
      array ??= instance('array', arrayWasm)
      return array
    },
  }
}
