/**
 * Pruning at scale. `select`: the magnitude that parts the smaller half of 100 million f32 from the rest, beside PyTorch's kthvalue, topk and
 * sort, one thread each. `file`: half of all weights of a 4 GiB safetensors file set to zero by one global choice, beside
 * `cp --reflink=never` and sync of the same file on the same disk. Run: npx tsx bench/edit.bench.ts [select | file] [GiB]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKernels } from '../src/kernels/index.js'
import { select } from '../src/weights/edit/selection/index.js'
import { inTurn, report, type Side, summary, type Timing, timedAsync } from './lib/compare.js'
import { machine, median, runCommand } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'
import { type Planned, writeSafetensors } from './lib/safetensors.js'

const [only, gib = '4'] = process.argv.slice(2)
const folder = mkdtempSync(join(process.env['BENCH_TMP'] ?? tmpdir(), 'normball-bench-'))

/** The k-th smallest of 100 million magnitudes. */
async function selecting(): Promise<void> {
  const count = 1e8
  const k = count / 2
  const kernels = createKernels()
  const x = kernels.alloc(4 * count)
  kernels.array.normal(0, count, 1, 2, 0, x)
  const own = async (): Promise<number> => {
    const stream = { idleBits: 0, scan: (visit: (x: number, n: number, type: 'f32') => void) => visit(x, count, 'f32') }
    return (await select([stream], { kernels, type: 'f32', rank: () => k }))!.value
  }
  const sides: Record<string, Side> = { normball: timedAsync(own) }
  const peer = PythonPeer.start(new URL('./edit.torch.py', import.meta.url), 1, 'torch')
  try {
    if (peer) {
      const path = join(folder, 'numbers')
      writeFileSync(path, kernels.u8(x, 4 * count))
      await peer.ask({ op: 'load', path, count })
      const value = await own()
      for (const op of ['kthvalue', 'topk', 'sort'])
        sides[`PyTorch ${op}`] = async () => {
          const said = await peer.ask<Timing & { value: number }>({ op, k })
          if (said.value !== value) throw new Error(`${op} says ${said.value}, we say ${value}`)
          return said
        }
    }
    const times = await inTurn({ count: 3, seconds: 0.5, patience: 8 }, sides)
    report('threshold of 100M f32', times, 'normball', {
      peer: ['PyTorch kthvalue', 'PyTorch topk', 'PyTorch sort'],
      most: 0.33,
    })
    summary()
  } finally {
    peer?.end()
    kernels.free(x)
  }
}

/** A large file, half of it pruned. */
function file(): void {
  const path = join(folder, 'in.safetensors')
  const columns = 4096
  const rows = Math.round((Number(gib) * 2 ** 30) / 128 / 4 / columns)
  const tensors = Array.from({ length: 128 }, (_, i): Planned => ({ name: `layers.${i}.fc.weight`, dtype: 'F32', shape: [rows, columns] })) // biome-ignore format: one line
  writeSafetensors(path, tensors, 3)
  execFileSync('sync', [path])
  const output = join(folder, 'out.safetensors')
  const copy = ['sh', '-c', 'cp --reflink=never "$0" "$1" && sync "$1"', path, output]
  const prune = [process.execPath, 'dist/bin/main.node.js', 'prune', path, output]
  const options = ['--amount', '0.5', '--global', '--spectra', 'none', '--json', '--quiet']
  const [copies, ours]: [number[], number[]] = [[], []]
  let megabytes = 0
  const rounds = Number(process.env['ROUNDS'] ?? 3)
  for (let round = 0; round <= rounds; round++) {
    rmSync(output, { force: true })
    const copied = runCommand(copy)
    rmSync(output, { force: true })
    const pruned = runCommand([...prune, ...options])
    const { totals } = JSON.parse(pruned.stdout) as { totals: { parameters: number; zerosAfter: number } }
    if (totals.zerosAfter !== totals.parameters / 2)
      throw new Error(`${totals.zerosAfter} of ${totals.parameters} are zero`)
    // The first round warms the page cache.
    if (round === 0 && rounds > 0) continue
    copies.push(copied.seconds)
    ours.push(pruned.seconds)
    megabytes = Math.max(megabytes, pruned.megabytes)
  }
  const [theirs, mine] = [median(copies), median(ours)]
  const size = (statSync(path).size / 2 ** 30).toFixed(2)
  const met = mine <= 2.5 * theirs && megabytes <= 600 ? 'MET' : 'NOT MET'
  console.log(
    `global 50 % of ${size} GiB: ${mine.toFixed(1)} s, ${megabytes.toFixed(0)} MB resident; cp and sync ${theirs.toFixed(1)} s: ${(mine / theirs).toFixed(2)} times; at most 2.5, 600 MB: ${met}`,
  )
}

try {
  console.log(machine())
  if (only === undefined || only === 'select') await selecting()
  if (only === undefined || only === 'file') file()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
