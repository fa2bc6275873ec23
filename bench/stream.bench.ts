/**
 * A 4 GiB safetensors file (half f32, half bf16, 300 tensors, page cache warm) through `inspect --spectra none`, beside two threads that merely
 * read it and a NumPy memmap script of the same figures. Run: npx tsx bench/stream.bench.ts [GiB]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, median, numpyVersion, runCommand, runPython } from './lib/measure.js'
import { type Planned, writeSafetensors } from './lib/safetensors.js'

const gib = Number(process.argv[2] ?? 4)
const rounds = Number(process.env['ROUNDS'] ?? 3)

/** What two threads need to read the file and look at nothing. */
const reader = `
const { Worker, isMainThread, workerData } = require('worker_threads')
const fs = require('fs')
const [path, size] = isMainThread ? [process.argv[1], fs.statSync(process.argv[1]).size] : [workerData.path, 0]
if (isMainThread) {
  const half = Math.floor(size / 2)
  for (const [from, to] of [[0, half], [half, size]]) new Worker(process.env.READER, { eval: true, workerData: { path, from, to } })
} else {
  const fd = fs.openSync(workerData.path, 'r')
  const buffer = Buffer.alloc(512 * 1024)
  for (let at = workerData.from; at < workerData.to; ) at += fs.readSync(fd, buffer, 0, Math.min(buffer.length, workerData.to - at), at)
}
`
const numpy = `
import json, struct, sys, time
start = time.perf_counter()
import numpy as np
with open(sys.argv[1], 'rb') as f:
    n = struct.unpack('<Q', f.read(8))[0]
    header = json.loads(f.read(n))
data = np.memmap(sys.argv[1], dtype=np.uint8, mode='r', offset=8 + n)
l2 = {}
block = 1 << 20
for name, t in header.items():
    a, b = t['data_offsets']
    raw = data[a:b]
    w = raw.view(np.float32 if t['dtype'] == 'F32' else np.uint16)
    tot = dict(l1=0.0, sq=0.0, s=0.0, zeros=0, nan=0, inf=0)
    lo, hi = np.inf, -np.inf
    hist = np.zeros(256, np.int64)
    for i in range(0, w.size, block):
        x = w[i:i + block]
        if t['dtype'] != 'F32': x = (x.astype(np.uint32) << 16).view(np.float32)
        hist += np.bincount((x.view(np.uint32) >> 23) & 255, minlength=256)
        d = x.astype(np.float64)
        tot['l1'] += np.abs(d).sum(); tot['sq'] += np.dot(d, d); tot['s'] += d.sum()
        tot['zeros'] += int((x == 0).sum()); tot['nan'] += int(np.isnan(x).sum()); tot['inf'] += int(np.isinf(x).sum())
        lo = min(lo, float(x.min())); hi = max(hi, float(x.max()))
    l2[name] = float(np.sqrt(tot['sq']))
print(json.dumps({'seconds': time.perf_counter() - start, 'l2': l2}))
`
const folder = mkdtempSync(join(process.env['BENCH_TMP'] ?? tmpdir(), 'normball-bench-'))
try {
  const path = join(folder, 'large.safetensors')
  // 300 tensors: 150 of each type, so that each half of the bytes is one type.
  const bytesEach = (gib * 2 ** 30) / 300
  const columns = 2048
  const tensors = Array.from({ length: 300 }, (_, i): Planned => {
    const dtype = i % 2 === 0 ? 'F32' : 'BF16'
    return {
      name: `layer.${i}.weight`,
      dtype,
      shape: [Math.round(bytesEach / (dtype === 'F32' ? 4 : 2) / columns), columns],
    }
  })
  writeSafetensors(path, tensors, 3)
  const bytes = statSync(path).size
  const ours: number[] = []
  const merely: number[] = []
  let peak = 0
  let report: { files: { tensors: { name: string; l2: number }[] }[] } | null = null
  for (let round = 0; round < rounds + 1; round++) {
    const read = runCommand([process.execPath, '-e', reader, path], { READER: reader })
    const run = runCommand([process.execPath, 'dist/bin/main.node.js', 'inspect', path, '--spectra', 'none', '--json'])
    // The first round warms the page cache.
    if (round === 0) continue
    merely.push(read.seconds)
    ours.push(run.seconds)
    peak = Math.max(peak, run.megabytes)
    report ??= JSON.parse(run.stdout)
  }
  const rate = (seconds: number): string => `${(bytes / seconds / 1e9).toFixed(2)} GB/s`
  console.log(machine())
  console.log(`${(bytes / 2 ** 30).toFixed(2)} GiB, 300 tensors; medians of ${rounds}`)
  console.log(`two threads merely read: ${median(merely).toFixed(2)} s, ${rate(median(merely))}`)
  console.log(
    `normball inspect --spectra none: ${median(ours).toFixed(2)} s, ${rate(median(ours))}, ${(median(merely) / median(ours)).toFixed(2)} of the reading rate, peak ${peak.toFixed(0)} MB`,
  )
  if (numpyVersion() !== null) {
    const peer = runPython<{ seconds: number; l2: Record<string, number> }>(numpy, [path])
    for (const { name, l2 } of report!.files[0]!.tensors) {
      if (!(Math.abs(l2 - peer.l2[name]!) <= 1e-11 * l2)) throw new Error(`${name}: L2 ${l2}, NumPy ${peer.l2[name]}`)
    }
    console.log(
      `NumPy memmap script of the same figures: ${peer.seconds.toFixed(1)} s, ${(peer.seconds / median(ours)).toFixed(1)}x normball's time`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
