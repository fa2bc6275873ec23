/** `normball prune`. */
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { inert, UsageError } from '../core/index.js'
import type { Chain, PruneOptions, ScheduleKind } from '../weights/index.node.js'
import { addEditOptions, type EditCliOptions, runEditCommand } from './editOptions.js'
import { wholeNumber } from './options.js'

interface PruneCliOptions
  extends EditCliOptions,
    Pick<
      PruneOptions,
      | 'which'
      | 'global'
      | 'of'
      | 'fraction'
      | 'rule'
      | 'norm'
      | 'along'
      | 'scale'
      | 'heads'
      | 'kvHeads'
      | 'pattern'
      | 'random'
    > {
  amount?: string
  shrink?: boolean
  chain?: string
  schedule?: ScheduleKind
  steps?: number
  step?: number
}

const examples = `
Examples:
  normball prune model.safetensors pruned.safetensors --amount 0.5            half of each weight matrix, the smallest
  normball prune model.pt pruned.safetensors --amount 0.5 --global            half of all weights, wherever they are
  normball prune in.npz out.npz --amount 0.25 --norm l2 --along out           a quarter of the outputs, by their L2 norm
  normball prune in.safetensors out.safetensors --amount 2 --along head --heads 12
  normball prune in.safetensors out.safetensors --pattern 2:4                 2 of each 4 inputs stay
  normball prune in.safetensors out.safetensors --amount 0.2 --of remaining   a fifth of what is not zero yet
  normball prune in.safetensors out.safetensors --amount 0.9 --schedule cubic --steps 10 --step 3
  normball prune in.safetensors out.safetensors --amount 0.5 --random --seed 1
  normball prune in.safetensors out.safetensors --fraction 0.1 --rule article zero where |w| >= 0.1 max|W|

Counts are PyTorch's: round(amount * n), half to even; --amount 1 is one element, 1.0 or 100% are all. Of equal magnitudes the lower index stays.
--fraction alone zeroes |w| < t max|w|, as normball retain does. With --along an amount counts groups; a bias of a pruned output stays as it is.
Heads are rows of the query, key and value projections and columns of the output projection, chosen together in each attention block.`

/** A finite number of at least 0. */
function fraction(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('expected a number of at least 0.')
  return value
}

export function addPrune(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('prune')
    .description('set weights to zero: the smallest, whole rows, channels or heads, N:M patterns, or at random')
    .option('--amount <x>', 'how much: a share (0.5, 50%) or a count (1000)')
    .option('--global', 'choose among all tensors together instead of in each')
    .addOption(new Option('--which <end>', 'which magnitudes go').choices(['smallest', 'largest']))
    .addOption(
      new Option('--of <what>', 'what the amount is of: all, or what is not zero').choices(['all', 'remaining']),
    )
    .option('--fraction <t>', 'zero |w| < t max|w| instead of an amount', fraction)
    .addOption(new Option('--rule <name>', 'article: zero |w| >= t max|W|, the textbook loop').choices(['article']))
    .addOption(new Option('--along <groups>', 'whole groups').choices(['out', 'in', 'kernel', 'head']))
    .addOption(new Option('--norm <name>', 'norm of a group (default: l2)').choices(['l1', 'l2', 'linf']))
    .option('--scale', 'compare means instead of norms: l1 / n, l2 / sqrt(n)')
    .option('--heads <n>', 'query heads, for --along head', wholeNumber(1))
    .option('--kv-heads <n>', 'key and value heads, where they are fewer', wholeNumber(1))
    .option('--pattern <n:m>', 'of each m inputs that follow each other the n largest stay')
    .option('--random', 'by chance, with --seed')
    .option('--shrink', 'remove pruned outputs with what reads them; with --along out and --chain')
    .option(
      '--chain <file>',
      'JSON: the layers in their order, [{"tensor": "fc1.weight"}, {"activation": "relu"}, ...]',
    )
    .addOption(
      new Option('--schedule <kind>', 'the amount after --step of --steps').choices(['constant', 'geometric', 'cubic']),
    )
    .option('--steps <n>', 'steps of the schedule', wholeNumber(1))
    .option('--step <n>', 'the step that is taken (default: the last)', wholeNumber(1))
  addEditOptions(command)
    .addHelpText('after', examples)
    .action((input: string, output: string | undefined, options: PruneCliOptions) =>
      run(async () => runEditCommand('prune', input, output, options, { ...(await pruneOptionsOf(options)) })),
    )
}

async function pruneOptionsOf(options: PruneCliOptions): Promise<PruneOptions> {
  const { which, global, of, fraction, rule, norm, along, scale, heads, kvHeads, pattern, random } = options
  const amount = await amountOf(options)
  const chain = options.chain === undefined ? undefined : readChain(options.chain)
  return {
    shrink: options.shrink,
    chain,
    amount,
    which,
    global,
    of,
    fraction,
    rule,
    norm,
    along,
    scale,
    heads,
    kvHeads,
    pattern,
    random,
  }
}

function readChain(path: string): Chain {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--chain: cannot read '${inert(path)}' (${(error as Error).message}).`, {}, 'cannot-read')
  }
  try {
    return JSON.parse(text) as Chain
  } catch (error) {
    throw new UsageError(`--chain: '${inert(path)}' is not JSON (${inert((error as Error).message)}).`)
  }
}

/** The amount as it is given, or what a schedule makes of it. */
async function amountOf({ amount, schedule, steps, step = steps }: PruneCliOptions): Promise<PruneOptions['amount']> {
  if (schedule === undefined && steps === undefined && step === undefined) return amount
  if (amount === undefined || steps === undefined || step === undefined || step > steps)
    throw new UsageError(
      'prune: a schedule needs --amount, --steps and a --step up to that. Try --amount 0.9 --schedule cubic --steps 10 --step 3.',
    )
  const { sparsitySchedule } = await import('../weights/index.node.js')
  const to = amount.endsWith('%') ? Number(amount.slice(0, -1)) / 100 : Number(amount)
  const share = sparsitySchedule(schedule ?? 'cubic', { to, steps })[step - 1]!
  return share === 1 ? '1.0' : share
}
