/** The front door: which commands there are, what is loaded for them, and a reader that goes away. */
import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { bin } from './run.js'

const names = ['inspect', 'diff', 'track', 'check', 'clip', 'prune', 'compress', 'convert', 'retain', 'train', 'search', 'factor', 'shift', 'solve', 'demo', 'doctor', 'balls', 'completion'] // biome-ignore format: one line
const said = (...args: string[]): string => execFileSync(process.execPath, [bin, ...args], { encoding: 'utf8' })

describe('normball', () => {
  it('lists every command, and says its version', () => {
    const help = said('--help')
    expect([...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)).toEqual([...names, 'help'])
    expect(said('--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each(names)('%s has the same help by itself and among all', (name) => {
    expect(said(name, '--help')).toBe(said('help', name))
  })

  it('suggests the command that was meant', () => {
    const { status, stderr } = spawnSync(process.execPath, [bin, 'prnue'], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([
      2,
      "normball: unknown command 'prnue' (Did you mean prune?). See normball --help.\n",
    ])
  })

  it.skipIf(process.platform === 'win32').each(['--help', 'help clip', 'completion bash', 'clip --help'])(
    '%s ends quietly when its reader goes away',
    (args) => {
      const line = `"${process.execPath}" "${bin}" ${args} | head -c 1`
      const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
      expect(stdout).toHaveLength(1)
      expect(stderr).toBe('')
    },
  )
})
