/** The package as it would be published, unpacked into a folder where bundlers find it as `normball`. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export const executable =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

export interface Packed {
  /** The folder to bundle in; the package is `node_modules/normball` below it. */
  readonly folder: string
  readonly package: string
  [Symbol.dispose](): void
}

/** Packs what is built in `dist`. Below the repository, so that what the package depends on is found there. */
export function pack(): Packed {
  mkdirSync(join(root, 'build'), { recursive: true })
  const folder = mkdtempSync(join(root, 'build', 'packed-'))
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const shell = process.platform === 'win32'
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', shell, stdio: 'pipe' }))
  execFileSync('tar', ['-xzf', filename], { cwd: folder })
  // A package of its own: in the repository's, `normball` would be what is built there.
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  mkdirSync(join(folder, 'node_modules'))
  renameSync(join(folder, 'package'), join(folder, 'node_modules', 'normball'))
  return {
    folder,
    package: join(folder, 'node_modules', 'normball'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
