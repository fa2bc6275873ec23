/**
 * Elementwise kernels, one thread, beside PyTorch's (`out=` where it has one, so that neither side allocates), interleaved in one run; results are
 * compared before anything is timed. Run: npx tsx bench/elementwise.bench.ts [elements, 4000000] [rounds, 9] [names, all]
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type BinaryOp, binaryOps, createKernels, planPointer, type UnaryOp, unaryOps } from '../src/kernels/index.js'
import { machine, median } from './lib/measure.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
// Whole rows of 10, 1000 and 2000.
const count = Math.ceil(Number(process.argv[2] ?? 4e6) / 2000) * 2000
const rounds = Number(process.argv[3] ?? 9)
const wanted = process.argv[4]?.split(',')

const kernels = createKernels()
const { array } = kernels
type Type = 'f32' | 'f64'
const bytes = { f32: 4, f64: 8 } as const
const code = { f32: 0, f64: 1 } as const

interface Places {
  a: number
  b: number
  out: number
}

interface Case {
  /** PyTorch's name, or that in elementwise.torch.py. */
  name: string
  types: readonly Type[]
  /** PyTorch takes |a|. */
  positive?: boolean
  boolean?: boolean
  run: (type: Type, places: Places) => void
}

const both = ['f32', 'f64'] as const
const unary = (name: string, op: UnaryOp, positive = false): Case => ({
  name,
  types: both,
  positive,
  run: (type, { a, out }) => array.unary(unaryOps.indexOf(op), code[type], count, a, out),
})
const binary = (name: string, op: BinaryOp, more: Partial<Case> = {}): Case => ({
  name,
  types: both,
  ...more,
  run: (type, { a, b, out }) => array.binary(binaryOps.indexOf(op), code[type], count, a, b, out),
})
const strided = (name: string, op: BinaryOp, plan: number[][]): Case => ({
  name,
  types: ['f32'],
  run: (type, { a, b, out }) => {
    kernels.i32(planPointer, 256).set(plan.flat())
    array.binaryStrided(binaryOps.indexOf(op), code[type], plan[0]!.length, a, b, out)
  },
})

const rows = (length: number): number => count / length
const cases: readonly Case[] = [
  binary('add', 'add'),
  binary('mul', 'mul'),
  binary('maximum', 'max'),
  binary('lt', 'lt', { boolean: true }),
  {
    name: 'addScalar',
    types: both,
    run: (type, { a, out }) => array.binaryScalar(0, code[type], count, a, 1.5, false, out),
  },
  unary('relu', 'relu'),
  ...(['exp', 'expm1', 'tanh', 'sigmoid', 'silu', 'gelu', 'softplus', 'erf', 'sin', 'cos', 'tan', 'atan'] as const).map((op) => unary(op, op)),
  unary('log', 'log', true),
  binary('pow', 'pow', { positive: true }),
  strided('bias10', 'add', [[rows(10), 10], [10, 1], [0, 1]]),
  strided('bias1000', 'add', [[rows(1000), 1000], [1000, 1], [0, 1]]),
  strided('column', 'mul', [[rows(10), 10], [10, 1], [1, 0]]),
  strided('transposed', 'add', [[rows(2000), 2000], [1, rows(2000)], [2000, 1]]),
  {
    name: 'transpose',
    types: ['f32'],
    run: (_, { a, out }) => {
      kernels.i32(planPointer, 256).set([rows(2000), 2000, 1, rows(2000)])
      array.gatherStrided(4, 2, a, out)
    },
  },
] // biome-ignore format: a table

/** PyTorch in a process of its own, answering one line for each line. */
class Peer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor() {
    const script = fileURLToPath(new URL('elementwise.torch.py', import.meta.url))
    this.#process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('PyTorch ended early')
    return value as string
  }

  async ask(...words: (string | number)[]): Promise<string> {
    this.#process.stdin!.write(`${words.join(' ')}\n`)
    return this.answer()
  }

  end(): void {
    this.#process.stdin!.end()
  }
}

/** Normal numbers of deviation 2. */
function fill(view: Float32Array | Float64Array, seed: number): void {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  for (let i = 0; i < view.length; i++) view[i] = 2 * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
}

const viewOf = (type: Type, place: number): Float32Array | Float64Array =>
  type === 'f32' ? kernels.f32(place, count) : kernels.f64(place, count)

function check(one: Case, type: Type, out: number, file: string): void {
  const { buffer, byteOffset } = readFileSync(file)
  const theirs = one.boolean
    ? new Uint8Array(buffer, byteOffset, count)
    : type === 'f32'
      ? new Float32Array(buffer, byteOffset, count)
      : new Float64Array(buffer, byteOffset, count)
  const ours = one.boolean ? kernels.u8(out, count) : viewOf(type, out)
  // PyTorch's own error functions and powers lose digits far out; what is wrong would be wrong by more.
  const [relative, absolute] = type === 'f32' ? [1e-5, 1e-6] : [1e-12, 1e-14]
  for (let i = 0; i < count; i++) {
    const [a, b] = [ours[i]!, theirs[i]!]
    if (a !== b && !(Math.abs(a - b) <= relative * Math.abs(b) + absolute))
      throw new Error(`${one.name} of ${type} at ${i}: ${a}, PyTorch ${b}`)
  }
}

async function main(): Promise<void> {
  if (spawnSync(python, ['-c', 'import torch']).status !== 0) {
    console.log(`skipped: ${python} has no PyTorch to compare with (apt install python3-torch)`)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
  const torch = new Peer()
  console.log(
    `${machine()}, PyTorch ${(await torch.answer()).slice(6)}; ${count} elements, medians of ${rounds}, one thread`,
  )
  const places = { a: kernels.alloc(8 * count), b: kernels.alloc(8 * count), out: kernels.alloc(8 * count) }
  try {
    for (const type of both) {
      const files = ['a', 'b'].map((name) => join(folder, `${name}-${type}`))
      const fresh = (positive: boolean): void => {
        fill(viewOf(type, places.a), 1)
        if (positive) array.unary(unaryOps.indexOf('abs'), code[type], count, places.a, places.a)
      }
      fresh(false)
      fill(viewOf(type, places.b), 2)
      writeFileSync(files[0]!, kernels.u8(places.a, count * bytes[type]))
      writeFileSync(files[1]!, kernels.u8(places.b, count * bytes[type]))
      for (const one of cases.filter((each) => each.types.includes(type) && (wanted?.includes(each.name) ?? true))) {
        if (one.positive) fresh(true)
        const result = join(folder, 'result')
        await torch.ask(one.name, type, count, ...files, result)
        one.run(type, places)
        check(one, type, places.out, result)
        const times = { ours: [] as number[], theirs: [] as number[] }
        for (let round = 0; round < rounds; round++) {
          times.theirs.push(Number(await torch.ask(one.name, type, count, ...files, '-')))
          const start = performance.now()
          one.run(type, places)
          times.ours.push((performance.now() - start) / 1000)
        }
        if (one.positive) fresh(false)
        const [ours, theirs] = [median(times.ours), median(times.theirs)]
        console.log(
          `${one.name.padEnd(10)} ${type}: ${(1000 * ours).toFixed(2)} ms, PyTorch ${(1000 * theirs).toFixed(2)} ms: ${(ours / theirs).toFixed(2)} of its time ` +
            `(least ${(1000 * Math.min(...times.ours)).toFixed(2)} and ${(1000 * Math.min(...times.theirs)).toFixed(2)} ms)`,
        )
      }
    }
  } finally {
    torch.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
