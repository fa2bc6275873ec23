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
import { machine, median, numpyVersion } from './lib/measure.js'

const COUNT = 4096 * 4096
const CHUNK = 64 * 1024
const ROUNDS = 5
/** The f16 fields of each block: their exponent is kept small, so that every value is finite. */
const types = { q4_0: [0], q8_0: [0], q4_k: [0, 2], q6_k: [208] } as const satisfies Partial<
  Record<StorageType, readonly number[]>
>
const others: readonly StorageType[] = [
  ...(['q2_k', 'q3_k', 'q5_k', 'q4_1', 'q5_0', 'mxfp4', 'iq4_xs', 'iq2_xxs', 'iq3_s', 'iq1_s'] as const),
  ...(['f8_e4m3fn', 'f8_e5m2', 'f6_e2m3', 'f4_e2m1', 'i4', 'c64'] as const),
]

const memory = new WebAssembly.Memory({ initial: 64 })
const bytes = Buffer.from(decodeWasm, 'base64')
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
const SOURCE = 1 << 20
const TARGET = SOURCE + COUNT * 16 + 4096
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

const rate = (ms: number): string => `${(COUNT / ms / 1e6).toFixed(2)} G/s`.padStart(10)

/** The NumPy side, a process that stays: one question and one answer a run. */
class Numpy {
  readonly #process = spawn(
    process.env['PYTHON'] ?? '/usr/bin/python3',
    [fileURLToPath(new URL('decode.numpy.py', import.meta.url))],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  readonly #answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]()

  async decode(type: string, file: string): Promise<{ ms: number; digest: number }> {
    this.#process.stdin.write(`${type} ${file} ${COUNT}\n`)
    const [seconds, digest] = String((await this.#answers.next()).value).split(' ')
    return { ms: Number(seconds) * 1000, digest: Number(digest) }
  }

  end(): void {
    this.#process.stdin.end()
  }
}

async function beside(numpy: Numpy | null, type: keyof typeof types, file: string): Promise<string> {
  writeFileSync(file, fill(type, types[type]))
  const decode = decoder(exports, type)
  decode(SOURCE, COUNT, TARGET)
  const ours = crc32(new Uint8Array(memory.buffer, TARGET, COUNT * 4))
  const peer = await numpy?.decode(type, file)
  if (peer !== undefined && peer.digest !== ours) throw new Error(`${type}: the bits differ from NumPy's`)
  const [whole, parts, theirs]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    whole.push(milliseconds(() => decode(SOURCE, COUNT, TARGET)))
    parts.push(milliseconds(() => chunked(type)))
    if (numpy) theirs.push((await numpy.decode(type, file)).ms)
  }
  const ratio = numpy ? `${rate(median(theirs))}   ${(median(theirs) / median(whole)).toFixed(1)}` : ''
  return `${type.padEnd(10)}${rate(median(whole))}${rate(median(parts))}${ratio}`
}

function alone(type: StorageType): string {
  fill(type, [])
  const parts = Array.from({ length: ROUNDS }, () => milliseconds(() => chunked(type)))
  return `${type.padEnd(10)}${''.padStart(10)}${rate(median(parts))}`
}

const version = numpyVersion()
const numpy = version === null ? null : new Numpy()
const folder = mkdtempSync(join(tmpdir(), 'normball-decode-'))
console.log(`${machine()}, NumPy ${version}; ${COUNT} elements, median of ${ROUNDS}`)
console.log(`type           whole    chunks     NumPy   whole / NumPy`)
try {
  for (const type of Object.keys(types) as (keyof typeof types)[])
    console.log(await beside(numpy, type, join(folder, `${type}.bin`)))
  for (const type of others) console.log(alone(type))
} finally {
  numpy?.end()
  rmSync(folder, { recursive: true })
}
