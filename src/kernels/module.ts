/** Loads WebAssembly modules, each compiled once in a thread. */

/** Below lie the static data of the modules (arith from 1024, lapack from 256 KiB, decode from 512 KiB, array from 768 KiB: scripts/build.mjs) and assembly/arith/scratch.ts. */
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

export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: (2 * 1024 * 1024) / pageBytes, maximum: 65536 })
}

/** The exports of an embedded module, instantiated on `memory`. */
export function instantiate(memory: WebAssembly.Memory, name: string, text: string): WebAssembly.Exports {
  return new WebAssembly.Instance(compile(name, text), { env: { memory } }).exports
}
