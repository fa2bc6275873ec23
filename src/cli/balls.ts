/** `normball balls`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { PlanePoint } from '../report/index.js'
import { deliver } from './deliver.js'
import { addCommonOptions, type CommonOptions, positiveNumber } from './options.js'
import { checkOutputs } from './output.js'

export interface BallsCliOptions extends CommonOptions {
  point: PlanePoint
  radius: number
  slice: 'diagonal' | 'symmetric'
}

const examples = `
Examples:
  normball balls l1 l2 linf 'lp(0.5)' -o balls.svg
  normball balls l1 l2 nuclear spectral --point 0.4,1.5 --radius 0.8 -o balls.svg
  normball balls nuclear spectral frobenius --slice symmetric --html balls.html -o balls.svg
  normball balls l1 l2 --json                            boundaries, projections and paths as numbers

What goes to stdout, or to --output, is the SVG. Norms of matrices are seen on diag(a, b), or with --slice symmetric on [[a, b], [b, a]].
The path is t -> prox_t(point), from the point on as t grows.`

/** `1.2,0.7` as a point. */
export function pointOf(text: string): PlanePoint {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [a, b] = numbers
  if (numbers.length !== 2 || a === undefined || b === undefined || !Number.isFinite(a) || !Number.isFinite(b))
    throw new InvalidArgumentError('expected two numbers, such as 1.2,0.7.')
  return [a, b]
}

export function addBalls(program: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const command = program
    .command('balls')
    .description('draw unit balls of norms side by side as SVG, with a point, its projection and its proximal path')
    .argument('<norm...>', "l1 l2 linf 'lp(0.5)' l0 nuclear spectral 'kyFan(1)' 'squared(l2)' ...")
    .addOption(new Option('--point <a,b>', 'what is projected').argParser(pointOf).default([1.2, 0.7], '1.2,0.7'))
    .addOption(new Option('--radius <r>', 'of every ball').argParser(positiveNumber).default(1))
    .addOption(
      new Option('--slice <plane>', 'where norms of matrices are shown')
        .choices(['diagonal', 'symmetric'])
        .default('diagonal'),
    )
  addCommonOptions(command)
    .addHelpText('after', examples)
    .action((norms: string[], options: BallsCliOptions) => run(() => runBalls(norms, options)))
}

/** Runs the command and returns its exit code. */
export async function runBalls(names: readonly string[], options: BallsCliOptions): Promise<number> {
  checkOutputs([options.output, options.csv, options.html], [])
  // Tensors and their kernels are loaded by the commands that compute.
  const { parseNorm } = await import('../norms/index.node.js')
  const { ballsSvg, ballsView, measureBalls } = await import('../report/index.js')
  const { point, radius, slice } = options
  const report = await measureBalls(names.map(parseNorm), { point, radius, slice })
  const svg = await ballsSvg(report)
  await deliver(report, (balls) => ballsView(balls, svg), options, svg)
  if (process.stdout.isTTY && options.output === undefined && !options.json && !options.quiet)
    process.stderr.write('normball: this is a picture as SVG text: -o balls.svg writes it to a file.\n')
  return 0
}
