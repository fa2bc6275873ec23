/**
 * Decoding GGUF blocks to f32, one thread, beside NumPy in the same run: 4096 x 4096 weights (an attention projection), read whole and in the chunks
 * that a statistics pass uses. The bits are compared before anything is timed. Run: npx tsx bench/decode.bench.ts
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { type StorageType, storageBytes, storageInfo } from '../src/core/index.js'
import { decoder } from '../src/kernels/decode.js'
import { decodeWasm } from '../src/kernels/embedded/decode.js'

const COUNT = 4096 * 4096
const CHUNK = 64 * 1024
const ROUNDS = 5
/** The f16 fields of each block: their exponent is kept small, so that every value is finite. */
const types = { q4_0: [0], q8_0: [0], q4_k: [0, 2], q6_k: [208] } as const satisfies Partial<
  Record<StorageType, readonly number[]>
>
const others: readonly StorageType[] = [
  'q2_k',
  'q3_k',
  'q5_k',
  'q4_1',
  'q5_0',
  'iq4_xs',
  'iq2_xxs',
  'iq3_s',
  'iq1_s',
  'mxfp4',
  'f8_e4m3fn',
  'f8_e5m2',
  'f4_e2m1',
  'c64',
]

const memory = new WebAssembly.Memory({ initial: 64 })
const bytes = Buffer.from(decodeWasm, 'base64')
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
const SOURCE = 1 << 20
const TARGET = SOURCE + COUNT * 8 + 4096
memory.grow(Math.ceil((TARGET + COUNT * 8) / 65536) - 64)

function fill(type: StorageType, halves: readonly number[]): Uint8Array {
  const source = new Uint8Array(memory.buffer, SOURCE, storageBytes(type, COUNT))
  let state = 1
  for (let i = 0; i < source.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    source[i] = state >>> 24
  }
  for (const offset of halves)
    for (let at = offset + 1; at < source.length; at += storageInfo(type).unitBytes) source[at] = source[at]! & 0xbb
  return source
}

function milliseconds(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

function chunked(type: StorageType): void {
  const decode = decoder(exports, type)
  for (let at = 0; at < COUNT; at += CHUNK) decode(SOURCE + storageBytes(type, at), CHUNK, TARGET)
}

const best = (times: readonly number[]): number => Math.min(...times)
const rate = (ms: number): string => `${(COUNT / ms / 1e6).toFixed(2)} G/s`.padStart(10)

const folder = mkdtempSync(join(tmpdir(), 'normball-decode-'))
const python = spawn('python3', [fileURLToPath(new URL('decode.numpy.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const answers = createInterface(python.stdout)[Symbol.asyncIterator]()
async function numpy(type: string, file: string): Promise<{ ms: number; digest: number }> {
  python.stdin.write(`${type} ${file} ${COUNT}\n`)
  const [seconds, digest] = String((await answers.next()).value)
    .split(' ')
    .map(Number)
  return { ms: seconds! * 1000, digest: digest! }
}

console.log(`elements a second, ${COUNT} elements, best of ${ROUNDS}`)
console.log(
  `${'type'.padEnd(10)}${'whole'.padStart(10)}${'chunks'.padStart(10)}${'NumPy'.padStart(10)}   whole / NumPy`,
)
try {
  for (const [name, halves] of Object.entries(types)) {
    const type = name as keyof typeof types
    const file = join(folder, `${type}.bin`)
    writeFileSync(file, fill(type, halves))
    const decode = decoder(exports, type)
    decode(SOURCE, COUNT, TARGET)
    const ours = crc32(new Uint8Array(memory.buffer, TARGET, COUNT * 4))
    const peer = await numpy(type, file)
    if (peer.digest !== ours) throw new Error(`${type}: the bits differ from NumPy's`)
    const whole: number[] = []
    const parts: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      whole.push(milliseconds(() => decode(SOURCE, COUNT, TARGET)))
      parts.push(milliseconds(() => chunked(type)))
      theirs.push((await numpy(type, file)).ms)
    }
    const ratio = best(theirs) / best(whole)
    console.log(`${type.padEnd(10)}${rate(best(whole))}${rate(best(parts))}${rate(best(theirs))}   ${ratio.toFixed(1)}`)
  }
  for (const type of others) {
    fill(type, [])
    const parts = Array.from({ length: ROUNDS }, () => milliseconds(() => chunked(type)))
    console.log(`${type.padEnd(10)}${''.padStart(10)}${rate(best(parts))}`)
  }
} finally {
  python.stdin.end()
  rmSync(folder, { recursive: true })
}
