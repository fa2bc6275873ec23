/** Start: `normball inspect` of a 560 KB file beside `node -e 0`. Run: npx tsx bench/start.bench.ts [FILE] */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleave, machine, median, runCommand } from './lib/measure.js'
import { writeSafetensors } from './lib/safetensors.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-bench-'))
const path = process.argv[2] ?? join(folder, 'small.safetensors')
if (!process.argv[2]) {
  writeSafetensors(
    path,
    [
      { name: 'conv1.weight', dtype: 'F32', shape: [16, 1, 3, 3] },
      { name: 'conv2.weight', dtype: 'F32', shape: [32, 16, 3, 3] },
      { name: 'fc1.weight', dtype: 'F32', shape: [128, 800] },
      { name: 'fc2.weight', dtype: 'F32', shape: [256, 128] },
    ],
    1,
  )
}
try {
  const said = runCommand([process.execPath, 'dist/bin/main.node.js', 'inspect', path, '--json']).stdout
  if (JSON.parse(said).files.length !== 1) throw new Error('the report is empty')
  const run = (args: string[]) => () => spawnSync(process.execPath, args, { stdio: 'ignore' })
  const times = await interleave(15, {
    bare: run(['-e', '0']),
    inspect: run(['dist/bin/main.node.js', 'inspect', path]),
    none: run(['dist/bin/main.node.js', 'inspect', path, '--spectra', 'none']),
    portable: run(['dist/bin/main.node.js', 'inspect', path, '--backend', 'portable']),
  })
  console.log(machine())
  const bare = median(times['bare']!)
  for (const [name, list] of Object.entries(times))
    console.log(`${name}: ${(median(list) * 1000).toFixed(0)} ms, ${(median(list) / bare).toFixed(2)}x node -e 0`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
