/** Loads WebAssembly modules, each compiled once in a thread. */

/** Below lie the static data of the modules (arith from 1024, lapack from 256 KiB, decode from 512 KiB, array from 768 KiB: scripts/build.mjs) and assembly/arith/scratch.ts. */
export const heapBase = 0x1a0000

const pageBytes = 65536

/** The places of characters among those that modules are written in; the places 87 and 88 begin a pair. */
const places = new Uint8Array(128)
const singles = 87
for (let code = 32, at = 0; code < 127; code++) if (!'\'"`$\\<'.includes(String.fromCharCode(code))) places[code] = at++

/** The bytes of an embedded module: `literal` in scripts/build.mjs says how they are written. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(256)
  const isSingle = new Uint8Array(256)
  for (let at = 0; at < singles; at++) {
    const byte = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)
    table[at] = byte
    isSingle[byte] = 1
  }
  for (let byte = 0, at = singles; byte < 256; byte++) if (isSingle[byte] === 0) table[at++] = byte
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let i = 2 * singles; i < text.length; i++) {
    const place = places[text.charCodeAt(i)]!
    bytes[length++] = table[place < singles ? place : singles * (place - singles + 1) + places[text.charCodeAt(++i)]!]!
  }
  return bytes.slice(0, length)
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
