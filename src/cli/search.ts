/** `normball search`. */
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { inert, plural } from '../core/index.js'
import { bar, searchView, showNumber } from '../report/index.js'
import { readConfig, type SearchProgress, type SearchReport, search } from '../train/index.node.js'
import { deliver } from './deliver.js'
import { onInterrupt } from './interrupt.js'
import { addCommonOptions, type CommonOptions, wholeNumber } from './options.js'
import { checkOutputs } from './output.js'

export interface SearchCliOptions extends CommonOptions {
  folder?: string
  top?: number
}

const examples = `
Examples:
  normball search search.yaml                         every combination, scored by 5-fold cross-validation
  normball search search.yaml --workers 4 --html search.html
  normball search path.yaml --json                    lambdas of a penalty, from large to small

A search is a training configuration and what is varied in it:

  base:
    data: { format: digits }
    model: { preset: mlp, hidden: [64] }
    epochs: 5
  space:
    optimizer.lr: [0.1, 0.01, 0.001]
    penalties.0.lambda: { low: 1e-6, high: 1e-2, log: true, count: 5 }
  folds: 5
  metric: accuracy
  output: runs/search        # its journal: the same command goes on from there

method: grid (all combinations), random and halving (with trials: N), path (method: path, path: { penalty: l1 } for a linear model).`

export function addSearch(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('search')
    .description('try settings of a training run, scored by cross-validation, in parallel and resumable')
    .argument('<config>', 'a search: YAML, JSON or TypeScript')
    .option('--top <n>', 'rows of the tables; 0 shows all (default: 40 on a terminal, all in a pipe)', wholeNumber(0))
    .option('--folder <dir>', "folder of the journal (default: the configuration's output)")
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((path: string, options: SearchCliOptions) => run(() => runSearch(path, options)))
}

/** Runs the command and returns its exit code: 130 where it was interrupted. */
export async function runSearch(path: string, options: SearchCliOptions): Promise<number> {
  const { folder, output, seed, workers, backend, quiet, html, csv } = options
  checkOutputs([output, html, csv], [path])
  const given = await readConfig(path)
  const changes = {
    // Paths of the configuration start from its folder, those of the command from the current one.
    ...(folder === undefined ? {} : { output: resolve(folder) }),
    ...(seed === undefined ? {} : { seed }),
  }
  const show = progressOf(!quiet)
  const interrupt = new AbortController()
  const done = onInterrupt(() => interrupt.abort())
  let report: SearchReport
  try {
    report = await search(given, { workers, backend, changes, folder: dirname(path), signal: interrupt.signal, onProgress: show.update }) // biome-ignore format: one line
  } finally {
    done()
    show.clear()
  }
  await deliver(report, searchView, options)
  if (report.outcome !== 'interrupted') return 0
  process.stderr.write(`normball: ${interruptedText(report, path)}\n`)
  return 130
}

function interruptedText({ journal, runs }: SearchReport, path: string): string {
  const done = plural(runs.total, 'run')
  return journal === null
    ? `interrupted; what ${done} said is not kept. Set output: FOLDER in ${inert(path, 200)}, or --folder FOLDER, to go on another time.`
    : `interrupted; ${done} stand in ${inert(journal, 300)}. The same command goes on from there.`
}

/** A line on a terminal, and nothing in a pipe. */
function progressOf(isWanted: boolean): { update(progress: SearchProgress): void; clear(): void } {
  if (!isWanted || !process.stderr.isTTY) return { update() {}, clear() {} }
  const start = performance.now()
  return {
    update({ done, total, last }) {
      const share = total === 0 ? 0 : done / total
      const seconds = (performance.now() - start) / 1000
      const left = share > 0 && share < 1 ? `  ${showNumber((seconds * (1 - share)) / share)} s left` : ''
      const loss = last?.figures['loss']
      const latest = last === null || last === undefined ? '' : last.error === null ? `  last: loss ${showNumber(loss ?? null)}` : '  last: failed' // biome-ignore format: one line
      process.stderr.write(`\r\u001b[2K${bar(share, 16)} ${done}/${total} runs${left}${latest}`)
    },
    clear: () => process.stderr.write('\r\u001b[2K'),
  }
}
