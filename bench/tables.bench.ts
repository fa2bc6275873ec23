/**
 * A CSV of 200,000 rows and 50 columns (20 of 17 digits, 25 of 5, 5 whole) through `openTable`, beside `numpy.loadtxt`, which reads numbers alone, and
 * where pandas is installed (PYTHON names another interpreter) beside its `read_csv`: as it comes, whose numbers may be off by a unit of the last place,
 * and with `float_precision='round_trip'`, which reads the nearest double as we do. Megabytes a second, processor time, and the peak of resident memory.
 * Run: npx tsx bench/tables.bench.ts [rows]
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTable } from '../src/table/index.node.js'
import { machine, median, numpyVersion, runPython } from './lib/measure.js'

const rows = Number(process.argv[2] ?? 200_000)
const rounds = Number(process.env['ROUNDS'] ?? 3)
const numpy = `
import json, resource, sys, time
import numpy as np
start = time.perf_counter()
x = np.loadtxt(sys.argv[1], delimiter=',', skiprows=1)
seconds = time.perf_counter() - start
def pandas(**options):
    try:
        from pandas import read_csv
    except ImportError:
        return None
    start = time.process_time()
    read_csv(sys.argv[1], **options)
    return time.process_time() - start
peers = [pandas(), pandas(float_precision='round_trip')]
print(json.dumps({'peers': peers, 'seconds': seconds, 'sum': float(np.abs(x).sum()), 'megabytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))
`
const folder = mkdtempSync(join(process.env['BENCH_TMP'] ?? tmpdir(), 'normball-bench-'))
try {
  const path = join(folder, 'large.csv')
  write(path)
  const megabytes = statSync(path).size / 1e6
  const ours: number[] = []
  const theirs: number[] = []
  const processor: number[] = []
  const pandas: number[][] = [[], []]
  let [sum, expected, memory] = [0, 0, 0]
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const before = process.cpuUsage()
    const table = await openTable(path)
    const used = process.cpuUsage(before)
    ours.push((performance.now() - start) / 1000)
    processor.push((used.user + used.system) / 1e6)
    sum = 0
    for (const column of table.columns) if (column.type === 'numeric') for (const value of column.values) sum += Math.abs(value) // biome-ignore format: one line
    if (numpyVersion() === null) continue
    const said = runPython<{ peers: (number | null)[]; seconds: number; sum: number; megabytes: number }>(numpy, [path])
    theirs.push(said.seconds)
    for (const [i, peer] of said.peers.entries()) if (peer !== null) pandas[i]!.push(peer)
    expected = said.sum
    memory = said.megabytes
  }
  if (theirs.length > 0 && Math.abs(sum / expected - 1) > 1e-12) throw new Error(`sums differ: ${sum} and ${expected}`)
  console.log(`${machine()}; ${rows} rows, 50 columns, ${megabytes.toFixed(0)} MB`)
  console.log(`openTable ${median(ours).toFixed(2)} s, ${(megabytes / median(ours)).toFixed(0)} MB/s, peak ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`) // biome-ignore format: one line
  if (theirs.length > 0) console.log(`loadtxt   ${median(theirs).toFixed(2)} s, ${(megabytes / median(theirs)).toFixed(0)} MB/s, peak ${memory.toFixed(0)} MB: ${(median(theirs) / median(ours)).toFixed(1)} times as long`) // biome-ignore format: one line
  for (const [i, name] of ['as it comes', 'round_trip'].entries()) if (pandas[i]!.length > 0) console.log(`pandas ${name}: processor ${median(pandas[i]!).toFixed(2)} s; openTable ${median(processor).toFixed(2)} s, ${(median(processor) / median(pandas[i]!)).toFixed(2)} times as much`) // biome-ignore format: one line
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The same numbers each time. */
function write(path: string): void {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  const file = openSync(path, 'w')
  writeSync(file, `${Array.from({ length: 50 }, (_, i) => `c${i}`).join()}\n`)
  for (let row = 0; row < rows; row += 1000) {
    const lines = Array.from({ length: Math.min(1000, rows - row) }, () => Array.from({ length: 50 }, (_, i) => (i < 20 ? (next() * next()).toPrecision(17) : i < 45 ? (4 * next()).toFixed(4) : String(Math.round(1000 * next())))).join()) // biome-ignore format: one line
    writeSync(file, `${lines.join('\n')}\n`)
  }
  closeSync(file)
}
