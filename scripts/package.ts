// What would be published, tried as a user would: packed, installed into an empty folder without install scripts and without optional
// dependencies, every export imported, the command run.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const fail = (message: string): never => {
  console.error(`package: ${message}`)
  process.exit(1)
}
const npm = (args: string[], cwd: string): string =>
  execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })

const folder = mkdtempSync(join(tmpdir(), 'normball-package-'))
try {
  const [packed] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root))
  const files: string[] = packed.files.map((file: { path: string }) => file.path)
  const strange = files.filter(
    (file) =>
      !/^(dist\/|examples\/|docs\/((metrics|check|training|tables|factor|shift)\.md|(rules|train)\.schema\.json)$|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(
        file,
      ),
  )
  if (strange.length > 0) fail(`would publish ${strange.join(', ')}`)
  for (const needed of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/bin/main.node.js', 'docs/metrics.md']) {
    if (!files.includes(needed)) fail(`would not publish ${needed}`)
  }
  if (packed.unpackedSize > 11e6) fail(`${packed.unpackedSize} bytes unpacked, expected under 11 MB`)

  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefer-offline']
  npm(['install', ...flags, join(folder, packed.filename)], folder)
  if (existsSync(join(folder, 'node_modules/koffi')))
    fail('koffi was installed, though optional dependencies were left out')
  if (existsSync(join(folder, 'node_modules/@duckdb')))
    fail('@duckdb/node-api was installed, though nobody asked for it')

  const subpaths = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))
  for (const condition of ['node', 'browser']) {
    const lines = subpaths.map(
      (name) =>
        `{ const m = await import('normball${name.slice(1)}'); if (Object.keys(m).length === 0) throw new Error('${name} exports nothing') }`,
    )
    const script = `${lines.join('\n')}\nconsole.log('ok')`
    const conditions = condition === 'browser' ? ['--conditions=browser'] : []
    const said = execFileSync(process.execPath, [...conditions, '--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (said.trim() !== 'ok') fail(`importing as ${condition}: ${said}`)
  }
  const bin = join(folder, 'node_modules/normball/dist/bin/main.node.js')
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8' })
  if (run('--version').trim() !== manifest.version)
    fail(`--version says ${run('--version')}, package.json ${manifest.version}`)
  const report = JSON.parse(
    run('inspect', join(folder, 'node_modules/normball/examples/silero_vad_16k.safetensors'), '--json'),
  )
  if (report.normball !== manifest.version || report.files[0].tensors.length === 0)
    fail('inspect of the example is empty')
  if (report.backend.kind !== 'portable') fail(`without koffi the backend is ${report.backend.kind}, expected portable`)
  console.error(
    `package: ${files.length} files, ${Math.round(packed.size / 1000)} KB packed, imports and runs without koffi`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
