import { type ChildProcess, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { TrainJson } from '../../src/cli/train.js'
import { bin, run, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const small = `
seed: 3
data: { format: digits, limit: 300, split: { validation: 0.2 } }
model: { preset: mlp, hidden: [16], dropout: 0.1 }
optimizer: { name: Adam, lr: 0.01 }
penalties: [{ norm: l1, lambda: 0.001, mode: prox }]
constraints: [{ norm: spectral, radius: 1.5 }]
batch: 32
epochs: 3
`
function config(name: string, text = small): string {
  writeFileSync(join(folder, name), text)
  return name
}
const train = (...args: string[]) => run(['train', ...args], { cwd: folder })

describe('normball train', () => {
  it('trains, and leaves a folder that other commands read', async () => {
    const { code, stdout, stderr } = await train(config('small.yaml'))
    expect(stderr).toMatch(
      /^\d+ parameters, 240 examples, 24 steps in 3 epochs\nepoch 1\/3 {2}loss .* accuracy .*validation: loss/,
    )
    expect(code).toBe(0)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is the point
    expect(stdout + stderr).not.toMatch(/\u001b/)
    expect(stdout).toMatch(/trained to the end: 24 steps, 3 epochs/)
    expect(stdout).toMatch(/normball inspect runs\/small\/model.safetensors/)
    const left = readdirSync(join(folder, 'runs', 'small'))
    expect(left).toEqual(expect.arrayContaining(['checkpoints', 'config.json', 'log.ndjson', 'model.safetensors', 'report.html'])) // biome-ignore format: one line
    const inspected = await run(['inspect', 'runs/small/model.safetensors', '--json'], { cwd: folder })
    const tensors = JSON.parse(inspected.stdout).files[0].tensors as {
      name: string
      matrix: { spectral: number } | null
    }[]
    expect(tensors.map(({ name }) => name)).toEqual(['0.weight', '0.bias', '3.weight', '3.bias'])
    for (const { matrix } of tensors) if (matrix) expect(matrix.spectral).toBeLessThan(1.5 + 1e-4)
    const log = readFileSync(join(folder, 'runs/small/log.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)) // biome-ignore format: one line
    expect(log.map(({ type }) => type)).toEqual(expect.arrayContaining(['start', 'step', 'layers', 'epoch', 'checkpoint', 'end'])) // biome-ignore format: one line
  })

  it('the page is one file without anything from elsewhere, with the pictures in it', () => {
    const page = readFileSync(join(folder, 'runs/small/report.html'), 'utf8')
    expect(page).toMatch(/^<!doctype html>/)
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)[^"]*\/\/|@import|url\((?!["']?data:)/)
    expect(page.match(/<image [^>]*href="data:image\/png;base64,/g)!.length).toBeGreaterThanOrEqual(2)
    for (const title of ['Loss', 'accuracy', 'Learning rate', 'Norms of the weights', 'Filters of the first layer', 'Parameters at the end', 'Data loss and penalty']) // biome-ignore format: one line
      expect(page).toContain(title)
  })

  it('--json is the whole result', async () => {
    const { code, stdout } = await train(config('small.yaml'), '--json', '--no-save', '-q', '--epochs', '1', '--set', 'optimizer.lr=0.002') // biome-ignore format: one line
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as TrainJson
    expect(result).toMatchObject({ command: 'train', output: null, config: { epochs: 1, optimizer: { name: 'Adam', lr: 0.002 } }, report: { outcome: 'done', epochs: 1 } }) // biome-ignore format: one line
    expect(result.report.history.steps.every(({ lr }) => lr === 0.002)).toBe(true)
  })

  it('a run that was stopped goes on, and ends as one that was not', async () => {
    const name = config('long.yaml', small.replace('epochs: 3', 'epochs: 40'))
    const whole = await train(name, '--folder', 'whole', '-q')
    expect(whole.code).toBe(0)
    let child: ChildProcess | null = null
    const log = join(folder, 'parts', 'log.ndjson')
    const stopped = run(['train', name, '--folder', 'parts'], {
      cwd: folder,
      onStart(one) {
        child = one
      },
    })
    for (let i = 0; i < 400 && !(existsSync(log) && /"type":"epoch"/.test(readFileSync(log, 'utf8'))); i++) await sleep(50) // biome-ignore format: one line
    child!.kill('SIGINT')
    const { code, stderr } = await stopped
    expect(code).toBe(130)
    const told = /interrupted at step (\d+); go on with: normball (train long.yaml --resume parts)\n$/.exec(stderr)
    expect(Number(told![1])).toBeGreaterThan(0)
    const again = await run(told![2]!.split(' '), { cwd: folder })
    expect(again.code).toBe(0)
    expect(again.stderr).toMatch(new RegExp(`from step ${told![1]} on`))
    const bytes = (run: string): Buffer => readFileSync(join(folder, run, 'model.safetensors'))
    expect(bytes('parts').equals(bytes('whole'))).toBe(true)
    const losses = (run: string) =>
      readFileSync(join(folder, run, 'log.ndjson'), 'utf8').split('\n').filter((line) => line.includes('"type":"step"')).map((line) => { const { step, loss, gradNorm } = JSON.parse(line); return [step, loss, gradNorm] }) // biome-ignore format: one line
    expect(losses('parts')).toEqual(losses('whole'))
  })

  it.each([
    [['train', 'none.yaml'], 4, /^normball: cannot read 'none.yaml': /],
    [['train', '.'], 2, /^normball: '\.' is a folder; expected a configuration\.\n$/],
    [['train'], 2, /missing required argument 'config'/],
    [['train', 'small.yaml', '--epochs', '0'], 2, /expected a whole number of at least 1/],
    [['train', 'small.yaml', '--set', 'optimiser.lr=1'], 2, /small.yaml with --set: unknown word 'optimiser'. Did you mean 'optimizer'\?\n$/],
    [['train', 'small.yaml', '--folder', 'whole'], 2, /'whole' holds a run already. Try --resume to go on with it, or another --folder/],
    [['train', 'small.yaml', '--folder', 'nothing', '--resume'], 2, /there is no checkpoint in 'nothing'/],
    [['train', 'small.yaml', '--resume', 'gone'], 4, /no such file or folder: 'gone'/],
    [['train', 'bad.yaml'], 2, /^normball: bad.yaml:2:8: model: 'preset' is missing\./],
    [['train', 'deep.yaml'], 2, /^normball: deep.yaml:1:65: lists and maps are nested more than 64 deep\.\n$/],
    [['train', 'binary.yaml'], 2, /^normball: 'binary.yaml' is not UTF-8 text; expected YAML or JSON\.\n$/],
    [['train', 'damaged.yaml'], 3, /damaged-idx1-ubyte' is no IDX file/],
    [['train', 'broken.ts'], 2, /^normball: 'broken.ts' does not run: /],
  ] as const)('%j ends with %i and one sentence', async (args, code, message) => {
    config('bad.yaml', 'data: { format: digits }\nmodel: { layer: [] }\n')
    config('deep.yaml', '['.repeat(1000))
    writeFileSync(join(folder, 'binary.yaml'), Uint8Array.of(0xff, 0xfe, 0, 0xd8))
    writeFileSync(join(folder, 'damaged-idx1-ubyte'), 'no')
    config('damaged.yaml', 'data: { train: damaged-idx1-ubyte, trainLabels: damaged-idx1-ubyte }\nmodel: { preset: mlp }\n')
    config('broken.ts', 'export default { data: \n')
    const outcome = await run(args, { cwd: folder })
    expect(outcome.stderr).toMatch(message)
    expect(outcome.code).toBe(code)
    expect(outcome.stderr).not.toMatch(/\n\s+at /)
  }) // biome-ignore format: a table

  it('a TypeScript program gives the configuration', async () => {
    config('program.ts', `
      const lr: number = 0.02
      export default async () => ({ data: { format: 'digits', limit: 100 }, model: { preset: 'linear' as const }, optimizer: { name: 'SGD', lr }, epochs: 1 })
    `) // biome-ignore format: one program
    const { code, stdout, stderr } = await train('program.ts', '--json', '--no-save', '-q')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as TrainJson).config.optimizer).toEqual({ name: 'SGD', lr: 0.02 })
  })

  it('a folder that cannot be made is told', async () => {
    writeFileSync(join(folder, 'file'), '')
    const { code, stderr } = await train(config('small.yaml'), '--folder', 'file/run')
    expect(code).toBe(4)
    expect(stderr).toMatch(/cannot make the folder/)
  })

  it('tables are told from their columns', async () => {
    const rows = Array.from({ length: 80 }, (_, i) => `${(i % 9) / 9},${(i * 7) % 5},${i % 2 ? 'yes' : 'no'},${i % 3}`)
    writeFileSync(join(folder, 'table.csv'), ['a,b,c,y', ...rows].join('\n'))
    mkdirSync(join(folder, 'sub'), { recursive: true })
    writeFileSync(join(folder, 'sub', 'table.yaml'), 'data: { train: ../table.csv, target: c, split: { test: 0.25 } }\nmodel: { preset: linear }\nepochs: 2\n') // biome-ignore format: one line
    const { code, stdout } = await train('sub/table.yaml', '--json', '--no-save', '-q')
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as TrainJson).report.confusion!.classes).toEqual(['no', 'yes'])
  })
})

it('the help names what a folder has', () => {
  expect(execFileSync(process.execPath, [bin, 'train', '--help'], { encoding: 'utf8' })).toMatch(/log.ndjson/)
})
