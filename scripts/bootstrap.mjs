// Makes a bare clone runnable: installs the npm packages and builds, each only when something changed since the last time.
// Plain JavaScript on Node's own modules, because it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [major] = process.versions.node.split('.').map(Number)
if (major < 20) {
  console.error(
    `normball: Node ${process.versions.node} is too old, expected 20 or newer. Install a current Node and run this again.`,
  )
  process.exit(1)
}

const hashOf = (files) => {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}
const filesBelow = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return entry.name === 'embedded' ? [] : filesBelow(path)
      return statSync(join(root, path)).isFile() ? [path] : []
    })
    .sort()

/** Runs `command` unless the stamp in node_modules says that it has run for the same inputs. */
const once = (name, inputs, outputs, command, args) => {
  const stamp = join(root, 'node_modules', '.normball', name)
  const wanted = hashOf(inputs)
  const fresh =
    existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && outputs.every((path) => existsSync(join(root, path)))
  if (fresh) return
  console.error(`normball: ${name} ...`)
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (done.status !== 0) {
    console.error(`normball: '${command} ${args.join(' ')}' failed; its messages are above.`)
    process.exit(done.status ?? 1)
  }
  mkdirSync(join(root, 'node_modules', '.normball'), { recursive: true })
  writeFileSync(stamp, wanted)
}

once('install', ['package.json', 'package-lock.json'], ['node_modules'], 'npm', ['ci', '--no-audit', '--no-fund'])
const sources = [
  ...filesBelow('assembly'),
  ...filesBelow('src'),
  'scripts/build.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
]
once('build', ['package.json', ...sources], ['dist'], process.execPath, ['scripts/build.mjs'])
