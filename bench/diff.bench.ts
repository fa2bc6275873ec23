/**
 * Two safetensors files of one model (f32, page cache warm) through `diff --spectra none`, process start included, beside two threads that merely
 * read them and NumPy's norms of the difference. The goal is 2 GB/s of file read. Run: npx tsx bench/diff.bench.ts [MiB of one file]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, median, numpyVersion, runCommand, runPython } from './lib/measure.js'
import { type Planned, writeSafetensors } from './lib/safetensors.js'

const mebibytes = Number(process.argv[2] ?? 512)
const rounds = Number(process.env['ROUNDS'] ?? 3)
const wanted = 2

/** Two threads that read a file each and look at nothing. */
const reader = `
const { Worker, isMainThread, workerData } = require('worker_threads')
const fs = require('fs')
if (isMainThread) for (const path of process.argv.slice(1)) new Worker(process.env.READER, { eval: true, workerData: path })
else {
  const fd = fs.openSync(workerData, 'r')
  const size = fs.fstatSync(fd).size
  const buffer = Buffer.alloc(512 * 1024)
  for (let at = 0; at < size; ) at += fs.readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at)
}
`
const numpy = `
import json, struct, sys, time
start = time.perf_counter()
import numpy as np
def opened(path):
    with open(path, 'rb') as f:
        n = struct.unpack('<Q', f.read(8))[0]
        header = json.loads(f.read(n))
    return header, np.memmap(path, dtype=np.uint8, mode='r', offset=8 + n)
header, one = opened(sys.argv[1])
_, other = opened(sys.argv[2])
relative, block = {}, 1 << 20
for name, t in header.items():
    a, b = t['data_offsets']
    x, y = one[a:b].view(np.float32), other[a:b].view(np.float32)
    l1 = sq = sqx = sqy = dot = 0.0
    linf, changed = 0.0, 0
    for i in range(0, x.size, block):
        u, v = x[i:i + block].astype(np.float64), y[i:i + block].astype(np.float64)
        d = v - u
        l1 += np.abs(d).sum(); sq += d @ d; sqx += u @ u; sqy += v @ v; dot += u @ v
        linf = max(linf, float(np.abs(d).max())); changed += int((d != 0).sum())
    relative[name] = float(np.sqrt(sq / sqx))
print(json.dumps({'seconds': time.perf_counter() - start, 'relative': relative}))
`
const folder = mkdtempSync(join(process.env['BENCH_TMP'] ?? tmpdir(), 'normball-bench-'))
try {
  const paths = ['a', 'b'].map((name) => join(folder, `${name}.safetensors`)) as [string, string]
  const columns = 4096
  const rows = Math.max(1, Math.round((mebibytes * 2 ** 20) / 32 / 4 / columns))
  const tensors = Array.from(
    { length: 32 },
    (_, i): Planned => ({ name: `layer.${i}.weight`, dtype: 'F32', shape: [rows, columns] }),
  )
  for (const [at, path] of paths.entries()) writeSafetensors(path, tensors, 3 + at)
  const bytes = statSync(paths[0]).size + statSync(paths[1]).size
  const times: Record<'normball' | 'reading' | 'numpy', number[]> = { normball: [], reading: [], numpy: [] }
  const cpu: number[] = []
  let peak = 0
  const hasNumpy = numpyVersion() !== null
  for (let round = 0; round < rounds; round++) {
    const run = runCommand([
      process.execPath,
      'dist/bin/main.node.js',
      'diff',
      ...paths,
      ...['--spectra', 'none', '--json'],
    ])
    times.normball.push(run.seconds)
    cpu.push(run.cpu)
    peak = Math.max(peak, run.megabytes)
    times.reading.push(runCommand([process.execPath, '-e', reader, ...paths], { READER: reader }).seconds)
    if (!hasNumpy || round > 0) continue
    const peer = runPython<{ seconds: number; relative: Record<string, number> }>(numpy, paths)
    times.numpy.push(peer.seconds)
    for (const { name, relative } of JSON.parse(run.stdout).tensors)
      if (!(Math.abs(relative - peer.relative[name]!) <= 1e-10 * relative))
        throw new Error(`${name}: relative ${relative}, NumPy ${peer.relative[name]}`)
  }
  const speed = (seconds: number): number => bytes / 1e9 / seconds
  console.log(`${machine()}; two files of ${mebibytes} MiB`)
  for (const [name, list] of Object.entries(times))
    if (list.length > 0) console.log(`${name}: ${median(list).toFixed(2)} s, ${speed(median(list)).toFixed(2)} GB/s`)
  const ours = speed(median(times.normball))
  // What it would be with all cores free: the files' tensors keep them equally busy.
  const free = speed(median(cpu) / availableParallelism())
  const inCpu = ours < wanted && free >= wanted ? ', met in processor time' : ''
  console.log(`normball in processor time of ${availableParallelism()} cores: ${free.toFixed(2)} GB/s`)
  console.log(`at least ${wanted} GB/s: ${ours >= wanted ? 'MET' : 'NOT MET'}${inCpu}; peak ${peak.toFixed(0)} MB`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
