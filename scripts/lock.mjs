// Run after changing dependencies: node scripts/lock.mjs
// Writes package-lock.json afresh and adds the entries of other platforms' optional binaries where the registry in use did not list them.
// Without those, `npm ci` calls the lock out of date, and other platforms would install without their binaries.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const systems = ['android', 'darwin', 'freebsd', 'openbsd', 'netbsd', 'linux', 'win32', 'aix', 'sunos', 'openharmony']
const processors = ['arm64', 'x64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'mips64el', 'arm']

const folder = mkdtempSync(join(tmpdir(), 'normball-lock-'))
const path = join(folder, 'package-lock.json')
try {
  // A folder of its own: with node_modules beside it, npm leaves out what this machine does not need.
  copyFileSync('package.json', join(folder, 'package.json'))
  execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  for (const [where, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const words = name.split('/').at(-1).split('-')
      const os = systems.filter((one) => words.includes(one))
      if (where === '' || lock.packages[`node_modules/${name}`] || os.length === 0) continue
      const cpu = processors.filter((one) => words.includes(one)).slice(0, 1)
      lock.packages[`node_modules/${name}`] = {
        version: range.replace(/^[~^]/, ''),
        ...(cpu.length > 0 && { cpu }),
        ...(entry.dev && { dev: true }),
        ...(words.includes('musl') && { libc: ['musl'] }),
        optional: true,
        os,
      }
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
