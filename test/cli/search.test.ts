/** `normball search` as it is built: threads, kills and interrupts change nothing in the result. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../../dist/bin/main.node.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'normball-cli-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const config = join(folder, 'search.yaml')
writeFileSync(
  config,
  `base:
  data: { format: digits }
  model: { preset: mlp, hidden: [16] }
  epochs: 6
  batch: 32
space:
  optimizer.lr: [0.1, 0.03, 0.01, 0.003]
  optimizer.name: [Adam, SGD]
folds: 3
metric: accuracy
`,
)

const run = (...args: string[]) =>
  spawnSync(process.execPath, [bin, 'search', ...args], { encoding: 'utf8', cwd: folder })

interface Json {
  outcome: string
  runs: { total: number; resumed: number; failed: number }
  trials: { seconds: number }[]
  [key: string]: unknown
}

/** What does not depend on time or on how it came about. */
function timeless(text: string): unknown {
  const { seconds: _, runs: __, journal: ___, trials, ...rest } = JSON.parse(text) as Json
  return { ...rest, trials: trials.map(({ seconds: ____, ...trial }) => trial) }
}

/** Starts a search and sends a signal once its journal has so many lines. */
async function stopped(
  output: string,
  lines: number,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; stderr: string }> {
  // biome-ignore format: one line
  const journal = join(folder, output, 'search.ndjson')
  const child = spawn(process.execPath, [bin, 'search', config, '--json', '--workers', '2', '--folder', output], {
    cwd: folder,
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  child.stdout.resume()
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const count = (): number => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0)
  let isSent = false
  const timer = setInterval(() => {
    // Once: a second interrupt would end it without a word.
    if (child.signalCode === null && !isSent && count() >= lines) isSent = child.kill(signal)
  }, 5)
  const code = await ended
  clearInterval(timer)
  return { code, stderr }
}

describe('normball search', () => {
  const whole = run(config, '--json', '--workers', '1')

  it('says the same with one thread as with two', () => {
    expect(whole.stderr).toBe('')
    expect(JSON.parse(whole.stdout)).toMatchObject({ command: 'search', outcome: 'done', folds: 3, runs: { total: 24, resumed: 0, failed: 0 } }) // biome-ignore format: one line
    expect(timeless(run(config, '--json', '--workers', '2').stdout)).toEqual(timeless(whole.stdout))
  })

  it.each([2, 9])('goes on after a kill at line %i to the same result', async (lines) => {
    const output = `killed-${lines}`
    const { code } = await stopped(output, lines, 'SIGKILL')
    expect(code).toBeNull()
    const again = run(config, '--json', '--folder', output)
    const { runs } = JSON.parse(again.stdout) as Json
    expect(runs.resumed).toBeGreaterThanOrEqual(lines - 1)
    expect(runs.resumed).toBeLessThan(24)
    expect(timeless(again.stdout)).toEqual(timeless(whole.stdout))
  })

  it('ends an interrupted search with what is done, and says how to go on', async () => {
    const { code, stderr } = await stopped('interrupted', 4, 'SIGINT')
    expect(code).toBe(130)
    expect(stderr).toMatch(
      /normball: interrupted; \d+ runs stand in .*search\.ndjson\. The same command goes on from there\.\n$/,
    )
    expect(timeless(run(config, '--json', '--folder', 'interrupted').stdout)).toEqual(timeless(whole.stdout))
  })

  it('tells a wrong field with its line, and the nearest', () => {
    const wrong = join(folder, 'wrong.yaml')
    writeFileSync(wrong, readFileSync(config, 'utf8').replace('optimizer.lr:', 'optimizer.lrr:'))
    const { status, stderr } = run(wrong)
    expect(status).toBe(2)
    expect(stderr).toBe(
      `normball: ${wrong}:7:3: space 'optimizer.lrr': optimizer: unknown word 'lrr'. Did you mean 'lr'?\n`,
    )
  })

  it('writes a page and a table', () => {
    const { status, stdout } = run(config, '--folder', 'interrupted', '--html', 'page.html', '--csv', 'table.csv')
    expect(status).toBe(0)
    expect(stdout).toContain('Trials')
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('accuracy against optimizer.lr')
    expect(readFileSync(join(folder, 'table.csv'), 'utf8').trim().split('\n').length).toBeGreaterThanOrEqual(9)
  })
})
