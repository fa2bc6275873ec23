/**
 * VGG-11's weights compressed to half their parameters, file to file, beside NumPy's SVDs of the same matrices (np.linalg.svd with vectors, nothing
 * else: no choice of ranks, no factors, no file), one process and the same threads each, in the same run. The result is checked first: the budget
 * is kept, and each layer's error is the tail of NumPy's spectrum. Run: node bench/run.mjs compress [convolutions|classifier]; THREADS (1)
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backend, setBackend } from '../src/tensor/index.node.js'
import { lapack } from '../src/tensor/internal.js'
import { type CompressDetails, compress } from '../src/weights/index.node.js'
import { machine, numpyVersion, runPython } from './lib/measure.js'
import { vgg11 } from './lib/models.js'
import { writeSafetensors } from './lib/safetensors.js'

const numpy = `
import json, struct, sys, time
start = time.perf_counter()
import numpy as np
with open(sys.argv[1], 'rb') as f:
    n = struct.unpack('<Q', f.read(8))[0]
    header = json.loads(f.read(n))
data = np.memmap(sys.argv[1], dtype=np.uint8, mode='r', offset=8 + n)
ranks, tails = json.loads(sys.argv[2]), {}
for name, t in header.items():
    a, b = t['data_offsets']
    w = np.frombuffer(data[a:b], np.float32).reshape(t['shape'][0], -1)
    u, s, vh = np.linalg.svd(w, full_matrices=False)
    if ranks.get(name) is not None: tails[name] = float(np.sqrt(np.sum(s[ranks[name]:].astype(float) ** 2)))
print(json.dumps({'seconds': time.perf_counter() - start, 'tails': tails}))
`

const [word] = process.argv.slice(2)
const threads = Number(process.env['THREADS'] ?? 1)
const parts: Record<string, RegExp> = { convolutions: /^features/, classifier: /^classifier/ }
const planned = vgg11().filter(({ name }) => word === undefined || parts[word]!.test(name))
const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
try {
  setBackend('auto')
  lapack().setThreads(threads)
  console.log(`${machine()}, ${backend().name}, ${threads} thread(s), NumPy ${numpyVersion()}`)
  const [input, output] = [join(folder, 'vgg11.safetensors'), join(folder, 'half.safetensors')]
  const bytes = writeSafetensors(input, planned, 1, true)
  const start = performance.now()
  const report = await compress(input, output, { budget: 0.5, spectra: 'none', groups: { '*': 1 } })
  const seconds = (performance.now() - start) / 1e3
  if (statSync(output).size > 0.5 * bytes + 65536)
    throw new Error(`${statSync(output).size} bytes of ${bytes}: over the budget`)
  const detailsOf = new Map(report.tensors.map(({ name, details }) => [name, details as unknown as CompressDetails]))
  const spread = report.record['spread'] as { shareOfModel: number; error: number; bound: number }
  console.log(
    `ours: ${seconds.toFixed(1)} s, ${(100 * spread.shareOfModel).toFixed(2)} % of the parameters, error ${spread.error.toFixed(4)}, bound ${spread.bound.toFixed(4)}`,
  )
  const ranks = Object.fromEntries([...detailsOf].map(([name, { rank }]) => [name, rank ?? null]))
  const env = { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
  const theirs = runPython<{ seconds: number; tails: Record<string, number> }>(
    numpy,
    [input, JSON.stringify(ranks)],
    env,
  )
  for (const [name, tail] of Object.entries(theirs.tails)) {
    const measured = report.tensors.find((one) => one.name === name)!.delta.l2
    if (!(Math.abs(measured - tail) <= 1e-4 * tail)) throw new Error(`${name}: error ${measured}, NumPy's tail ${tail}`)
  }
  console.log(`NumPy's SVDs: ${theirs.seconds.toFixed(1)} s; ours ${(seconds / theirs.seconds).toFixed(2)} of it`)
} finally {
  rmSync(folder, { recursive: true })
}
