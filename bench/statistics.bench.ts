/**
 * The statistics pass over elements in memory, one thread, beside NumPy's best float64-accurate formulation of the same figures, interleaved in
 * one run, results checked. Run: npx tsx bench/statistics.bench.ts [millions of elements, 64]
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createKernels, type Kernels, measures, type Statistics } from '../src/kernels/index.js'

const python = '/usr/bin/python3'
const rounds = 5
const millions = Number(process.argv[2] ?? 64)
const chunkBytes = 1 << 20

/** NumPy's side: one pass in blocks that stay in the cache, each promoted to float64 once; exponents by bincount of the bits. */
const peer = `
import json, sys, time
import numpy as np
def exponents(bits, shift, count):
    return np.bincount((bits >> shift) & (count - 1), minlength=count)
def figures(x, kind, block):
    count, shift, bins = (x.size, 52, 2048) if kind == 'f64' else (x.size, 23, 256)
    histogram = np.zeros(bins, np.int64)
    n = mean = m2 = l1 = squares = 0.0
    low, high, zeros = np.inf, -np.inf, 0
    for i in range(0, count, block):
        b = x[i:i + block]
        if kind == 'bf16': b = (b.astype(np.uint32) << 16).view(np.float32)
        elif kind == 'f16': b = b.astype(np.float32)
        h = exponents(b.view(np.int64 if kind == 'f64' else np.int32), shift, bins)
        histogram += h
        if h[-1]: b = b[np.isfinite(b)]
        if h[0]: zeros += b.size - np.count_nonzero(b)
        low, high = min(low, b.min()), max(high, b.max())
        d = b.astype(np.float64)
        l1 += np.abs(d).sum()
        squares += np.dot(d, d)
        m = d.mean()
        d -= m
        delta, size = m - mean, b.size
        m2 += np.dot(d, d) + delta * delta * n * size / (n + size)
        mean += delta * size / (n + size)
        n += size
    return dict(l1=l1, l2=squares ** .5, mean=mean, std=(m2 / n) ** .5, min=float(low), max=float(high), zeros=int(zeros), top=int(histogram.argmax()), most=int(histogram.max()))
def codes(x):
    h = np.bincount(x, minlength=256)
    v = np.arange(256.0)
    n = h.sum(); mean = (h * v).sum() / n
    used = v[h > 0]
    return dict(l1=float((h * v).sum()), l2=float((h * v * v).sum() ** .5), mean=mean, std=float(((h * (v - mean) ** 2).sum() / n) ** .5), min=used[0], max=used[-1], zeros=int(h[0]))
types = dict(f64='<f8', f32='<f4', f16='<f2', bf16='<u2', u8='u1')
print('ready', np.__version__, flush=True)
for line in sys.stdin:
    kind, path = line.split()
    x = np.fromfile(path, types[kind])
    best = 65536
    if kind != 'u8':
        def trial(block):
            start = time.perf_counter(); figures(x[:1 << 21], kind, block); return time.perf_counter() - start
        best = min([1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 18], key=lambda block: min(trial(block), trial(block)))
    print('ready', best, flush=True)
    for line in sys.stdin:
        if line.strip() == 'read':
            start = time.perf_counter(); x.view(np.uint64).sum(); result = {}
        elif line.strip() == 'run':
            start = time.perf_counter(); result = codes(x) if kind == 'u8' else figures(x, kind, best)
        else: break
        print(time.perf_counter() - start, json.dumps(result), flush=True)
`

type Kind = 'f64' | 'f32' | 'f16' | 'bf16' | 'u8'

interface Case {
  readonly kind: Kind
  readonly bytes: number
  readonly count: number
}

const cases: readonly Case[] = [
  { kind: 'f32', bytes: 4, count: millions * 2 ** 20 },
  { kind: 'bf16', bytes: 2, count: millions * 2 ** 20 },
  { kind: 'f16', bytes: 2, count: millions * 2 ** 20 },
  { kind: 'f64', bytes: 8, count: (millions / 2) * 2 ** 20 },
  { kind: 'u8', bytes: 1, count: millions * 2 ** 20 },
]

/** NumPy in a process of its own, answering one line for each line. */
class Peer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor() {
    const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }
    this.#process = spawn(python, ['-c', peer], { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('NumPy ended early')
    return value as string
  }

  say(line: string): void {
    this.#process.stdin!.write(`${line}\n`)
  }

  async ask(line: string): Promise<string> {
    this.say(line)
    return this.answer()
  }

  async time(line: 'run' | 'read'): Promise<{ seconds: number; figures: Record<string, number> }> {
    const text = await this.ask(line)
    const space = text.indexOf(' ')
    return { seconds: Number(text.slice(0, space)), figures: JSON.parse(text.slice(space)) as Record<string, number> }
  }

  end(): void {
    this.#process.stdin!.end()
  }
}

/** Normal weights of deviation 0.02, some of them zero, repeated every 2^20 elements. */
function fill(kernels: Kernels, pointer: number, { kind, bytes, count }: Case): void {
  const period = 2 ** 20
  const source = kernels.alloc(4 * period)
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const values = new Float32Array(period)
  for (let i = 0; i < period; i++)
    values[i] = i % 997 === 0 ? 0 : 0.02 * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
  kernels.f32(source, period).set(values)
  const view = kernels.u8(pointer, count * bytes)
  if (kind === 'f64') measures(kernels).convert('f32', source, period, pointer, 'f64')
  else if (kind === 'f32') kernels.f32(pointer, period).set(values)
  else if (kind === 'bf16')
    for (let i = 0; i < period; i++) kernels.u16(pointer, period)[i] = kernels.u16(source, 2 * period)[2 * i + 1]!
  else if (kind === 'f16') {
    const codes = kernels.u16(pointer, period)
    for (let i = 0; i < period; i++) {
      const size = Math.abs(values[i]!)
      const exponent = Math.max(-14, Math.floor(Math.log2(size)))
      codes[i] = (values[i]! < 0 ? 0x8000 : 0) | (Math.round(size * 2 ** (10 - exponent)) + ((exponent + 14) << 10))
    }
  } else for (let i = 0; i < period; i++) view[i] = Math.max(0, Math.min(255, Math.round(128 + 1500 * values[i]!)))
  for (let filled = period * bytes; filled < view.length; filled += period * bytes)
    view.copyWithin(filled, 0, period * bytes)
  kernels.free(source)
}

function measure(
  kernels: Kernels,
  pointer: number,
  { kind, bytes, count }: Case,
): { seconds: number; figures: Statistics } {
  const start = performance.now()
  const pass = measures(kernels).statistics(kind)
  const step = chunkBytes / bytes
  for (let done = 0; done < count; done += step) pass.update(pointer + done * bytes, Math.min(step, count - done))
  const figures = pass.finish()
  pass.dispose()
  return { seconds: (performance.now() - start) / 1000, figures }
}

function check(ours: Statistics, theirs: Record<string, number>, kind: Kind): void {
  for (const name of ['l1', 'l2', 'std'] as const)
    if (!(Math.abs(ours[name] - theirs[name]!) <= 1e-11 * ours[name]))
      throw new Error(`${kind} ${name}: ${ours[name]}, NumPy ${theirs[name]}`)
  for (const name of ['min', 'max', 'zeros'] as const)
    if (ours[name] !== theirs[name]) throw new Error(`${kind} ${name}: ${ours[name]}, NumPy ${theirs[name]}`)
  if (theirs['most'] !== undefined && theirs['most'] !== Math.max(...ours.exponents))
    throw new Error(`${kind}: exponents`)
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

async function main(): Promise<void> {
  if (spawnSync(python, ['-c', 'import numpy']).status !== 0) {
    console.log(`skipped: ${python} has no NumPy to compare with (apt install python3-numpy)`)
    return
  }
  const kernels = createKernels()
  const pointer = kernels.alloc(Math.max(...cases.map(({ bytes, count }) => bytes * count)))
  const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
  const numpy = new Peer()
  console.log(
    `${cpus()[0]?.model}, Node ${process.version}, NumPy ${(await numpy.answer()).slice(6)}; medians of ${rounds}, one thread`,
  )
  try {
    for (const one of cases) {
      const { kind, bytes, count } = one
      fill(kernels, pointer, one)
      const path = join(folder, kind)
      writeFileSync(path, kernels.u8(pointer, count * bytes))
      const block = (await numpy.ask(`${kind} ${path}`)).slice(6)
      const times = { ours: [] as number[], theirs: [] as number[], read: [] as number[], readTheirs: [] as number[] }
      measure(kernels, pointer, one)
      for (let round = 0; round < rounds; round++) {
        const ours = measure(kernels, pointer, one)
        const start = performance.now()
        ;(measures(kernels).arith['sumWords'] as (pointer: number, bytes: number) => bigint)(pointer, count * bytes)
        times.read.push((performance.now() - start) / 1000)
        times.readTheirs.push((await numpy.time('read')).seconds)
        const theirs = await numpy.time('run')
        check(ours.figures, theirs.figures, kind)
        times.ours.push(ours.seconds)
        times.theirs.push(theirs.seconds)
      }
      numpy.say('next')
      rmSync(path)
      const rate = (seconds: number[]): string => ((count * bytes) / median(seconds) / 1e9).toFixed(2)
      const read = (count * bytes) / Math.min(median(times.read), median(times.readTheirs)) / 1e9
      console.log(
        `${kind.padEnd(5)} ${(count / 2 ** 20).toFixed(0)}M: ${rate(times.ours)} GB/s, ${(count / median(times.ours) / 1e9).toFixed(2)} G elements/s; ` +
          `NumPy (blocks of ${block}) ${rate(times.theirs)} GB/s: ${(median(times.theirs) / median(times.ours)).toFixed(1)} times as fast; ` +
          `memory read at ${read.toFixed(1)} GB/s: ${(((count * bytes) / median(times.ours) / 1e9 / read) * 100).toFixed(0)} % of it`,
      )
    }
  } finally {
    numpy.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
