/** Loads WebAssembly modules, each compiled once in a thread. */

/** Below lie the static data of the modules (arith from 1024, edit from 192 KiB, lapack from 256 KiB, decode from 512 KiB, array from 768 KiB, nn from 1664 KiB, data from 1792 KiB: scripts/build.mjs) and assembly/arith/scratch.ts. */
export const heapBase = 0x1e0000

const pageBytes = 65536

/** The characters that modules are written in, by place; those at 87 and 88 begin a pair. */
const letters = Uint8Array.from({ length: 95 }, (_, at) => 32 + at).filter(
  (code) => !'\'"`$\\<'.includes(String.fromCharCode(code)),
)
const singles = 87

/** The bytes of an embedded module: `literal` in scripts/build.mjs says how they are written. Runs at every start, once, so it is kept plain. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  // By character: the byte it stands for, or -1 - (which pair it begins).
  const first = new Int16Array(128)
  const second = [new Uint8Array(128), new Uint8Array(128)] as const
  const isSingle = new Uint8Array(256)
  for (let at = 0; at < singles; at++) {
    const byte = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)
    first[letters[at]!] = byte
    isSingle[byte] = 1
  }
  for (let byte = 0, at = 0; byte < 256; byte++)
    if (isSingle[byte] === 0) {
      second[at < singles ? 0 : 1][letters[at % singles]!] = byte
      at++
    }
  first[letters[singles]!] = -1
  first[letters[singles + 1]!] = -2
  const codes = new TextEncoder().encode(text)
  let length = 0
  for (let i = 2 * singles; i < codes.length; i++) {
    const byte = first[codes[i]!]!
    codes[length++] = byte >= 0 ? byte : second[byte === -1 ? 0 : 1][codes[++i]!]!
  }
  return codes.slice(0, length)
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
