/** Whole models with --spectra exact, process start included, beside NumPy's svd of the same matrices. Run: npx tsx bench/models.bench.ts [resnet50 gpt2 vgg11] */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, median, numpyVersion, runCommand, runPython } from './lib/measure.js'
import { gpt2, resnet50, vgg11 } from './lib/models.js'
import { writeSafetensors } from './lib/safetensors.js'

const numpy = `
import json, struct, sys, time
start = time.perf_counter()
import numpy as np
with open(sys.argv[1], 'rb') as f:
    n = struct.unpack('<Q', f.read(8))[0]
    header = json.loads(f.read(n))
data = np.memmap(sys.argv[1], dtype=np.uint8, mode='r', offset=8 + n)
top, seconds = {}, 0.0
for name, t in header.items():
    if len(t['shape']) < 2: continue
    a, b = t['data_offsets']
    w = np.frombuffer(data[a:b], np.float32).reshape(t['shape'][0], -1)
    s = np.linalg.svd(w, compute_uv=False)
    top[name] = float(s[0])
print(json.dumps({'seconds': time.perf_counter() - start, 'top': top}))
`
const models = { resnet50, gpt2, vgg11 }
const chosen = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(models)
const hasNumpy = numpyVersion() !== null
const rounds = Number(process.env['ROUNDS'] ?? 3)
const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
console.log(`${machine()}\nmodel, normball s (median of ${rounds}), NumPy svd s, ratio, peak MB`)
try {
  for (const name of chosen) {
    const path = join(folder, `${name}.safetensors`)
    writeSafetensors(path, models[name as keyof typeof models](), 7, true)
    const ours: number[] = []
    const theirs: number[] = []
    let peak = 0
    for (let round = 0; round < rounds; round++) {
      const run = runCommand([
        process.execPath,
        'dist/bin/main.node.js',
        'inspect',
        path,
        '--spectra',
        'exact',
        '--json',
      ])
      ours.push(run.seconds)
      peak = Math.max(peak, run.megabytes)
      if (!hasNumpy) continue
      const peer = runPython<{ seconds: number; top: Record<string, number> }>(numpy, [path])
      theirs.push(peer.seconds)
      if (round > 0) continue
      const report = JSON.parse(run.stdout)
      for (const tensor of report.files[0].tensors) {
        const wanted = peer.top[tensor.name]
        if (wanted === undefined) continue
        const off = Math.abs(tensor.matrix.spectral - wanted) / wanted
        if (!(off < 1e-4))
          throw new Error(`${tensor.name}: spectral norm ${tensor.matrix.spectral}, NumPy (f32) ${wanted}`)
      }
    }
    const ratio = hasNumpy ? `${median(theirs).toFixed(2)}, ${(median(theirs) / median(ours)).toFixed(2)}x` : '-, -'
    console.log(`${name}, ${median(ours).toFixed(2)}, ${ratio}, ${peak.toFixed(0)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
