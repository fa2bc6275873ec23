/**
 * An upper bound on how much a declared chain of layers can stretch a change of its input: the product of operator norms. A checkpoint stores
 * tensors and not how they are connected, so the chain is declared; what has no bound is "unknown", with the reason.
 */
import type { Checkpoint, ReadOptions, TensorEntry } from '../checkpoint/index.js'
import { closest, inert, isFloating, UsageError, version } from '../core/index.js'
import { createKernels } from '../kernels/index.js'
import { activationConstants } from './chain/activations.js'
import { checkChain } from './chain/check.js'
import { channelSums, readValues } from './chain/elements.js'
import { poolingBound } from './chain/pooling.js'
import type { Chain, ChainLink, LinkBound, LipschitzNorm, LipschitzOptions, LipschitzReport } from './chain/types.js'
import type { Environment } from './inspect.js'
import { convLayout } from './measure/conv/layout.js'
import { settle } from './options.js'
import { planJobs } from './plan.js'
import type { TensorFigures } from './types.js'

/**
 * The bound of `chain` on the first checkpoint that `input` stands for. Without a chain it is unknown.
 *
 * @throws UsageError for a chain that is no chain, or names what the file does not have
 */
export async function lipschitzWith<Input>(
  environment: Environment<Input>,
  input: Input,
  chain: Chain | null | undefined,
  options: LipschitzOptions,
  reading: ReadOptions = {},
): Promise<LipschitzReport> {
  const norm = options.norm ?? 'spectral'
  if (!['spectral', 'l1', 'linf'].includes(norm))
    throw new UsageError(`lipschitz: norm is '${inert(String(norm))}'; expected spectral, l1 or linf.`)
  if (chain) checkChain('lipschitz', chain)
  const openables = await environment.list(input)
  if (openables.length !== 1)
    throw new UsageError(`lipschitz: the input stands for ${openables.length} checkpoints; name one of them.`)
  const checkpoint = await openables[0]!.open(options.signal)
  try {
    const report = { normball: version, command: 'lipschitz' as const, path: checkpoint.path, norm }
    if (!chain)
      return {
        ...report,
        bound: null,
        why: 'the graph is not given: a checkpoint stores tensors and not how they are connected, so declare the chain',
        links: [],
      }
    const figures = await measureChain(environment, checkpoint, chain, norm, options)
    const links = await boundsOf({ checkpoint, figures, norm, reading }, chain)
    const unknown = links.find(({ bound }) => bound === null)
    return {
      ...report,
      bound: product(links),
      why: unknown ? `${unknown.what}: ${unknown.why}` : null,
      links,
    }
  } finally {
    await checkpoint.close()
  }
}

function product(links: readonly LinkBound[]): number | null {
  let all: number | null = 1
  for (const { bound } of links) all = all === null || bound === null ? null : all * bound
  return all
}

interface Context {
  readonly checkpoint: Checkpoint
  readonly figures: ReadonlyMap<string, TensorFigures>
  readonly norm: LipschitzNorm
  readonly reading: ReadOptions
}

/** Figures of the tensors that links name; spectra only where they are the bound. */
async function measureChain<Input>(
  environment: Environment<Input>,
  checkpoint: Checkpoint,
  chain: Chain,
  norm: LipschitzNorm,
  options: LipschitzOptions,
): Promise<Map<string, TensorFigures>> {
  const names = new Set(tensorsOf(chain))
  const all = checkpoint.tensors.map(({ name }) => name)
  for (const name of names) {
    if (all.includes(name)) continue
    const near = closest(name, all, 3).map((one) => `'${inert(one)}'`)
    throw new UsageError(
      `lipschitz: the chain names '${inert(name)}', which the file does not have.${near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ''}`,
      { file: checkpoint.path },
    )
  }
  const spectral = norm === 'spectral'
  const { backend, seed, workers, signal } = options
  const wanted = {
    spectra: spectral ? ('auto' as const) : ('none' as const),
    convNorms: spectral,
    backend,
    seed,
    workers,
  }
  const { run } = settle(wanted, 'lipschitz')
  const jobs = planJobs(checkpoint, [], run.spectra, run.convNorms).filter(({ task }) => names.has(task.entry.name))
  const measurer = environment.measurer(wanted, run)
  try {
    const events = { signal, onBytes: () => {}, onTensor: () => {} }
    const measured = await measurer.measure(jobs, checkpoint.sources, events)
    return new Map(measured.map(({ figures }) => [figures.name, figures]))
  } finally {
    await measurer.close()
  }
}

function tensorsOf(chain: Chain): string[] {
  return chain.flatMap((link) =>
    'tensor' in link ? [link.tensor] : 'residual' in link ? tensorsOf(link.residual) : [],
  )
}

async function boundsOf(context: Context, chain: Chain): Promise<LinkBound[]> {
  const links: LinkBound[] = []
  for (const link of chain) links.push(await boundOf(context, link))
  return links
}

async function boundOf(context: Context, link: ChainLink): Promise<LinkBound> {
  if ('tensor' in link) return { what: link.tensor, ...(await tensorBound(context, link.tensor)) }
  if ('activation' in link) return activationBound(link)
  if ('normalization' in link) return { what: link.normalization, ...(await normalizationBound(context, link)) }
  if ('pooling' in link) return { what: `${link.pooling} pooling`, ...poolingBound(link, context.norm) }
  if ('constant' in link) return { what: 'constant', bound: link.constant, why: link.why ?? 'as declared' }
  const links = await boundsOf(context, link.residual)
  const inner = product(links)
  const unknown = links.find(({ bound }) => bound === null)
  return {
    what: 'residual',
    bound: inner === null ? null : 1 + inner,
    why: unknown ? `${unknown.what}: ${unknown.why}` : '1 + the bound of the branch',
    links,
  }
}

type Bound = Pick<LinkBound, 'bound' | 'why'>
const unknown = (why: string): Bound => ({ bound: null, why })

async function tensorBound(context: Context, name: string): Promise<Bound> {
  const { kind, shape, storage, nan, posInf, negInf, count, outAxis } = context.figures.get(name)!
  const isConv = (kind === 'conv' || kind === 'convTranspose') && shape.length > 2
  if (!isFloating(storage)) return unknown(`holds ${storage} values, not weights`)
  if (nan + posInf + negInf > 0) return unknown('holds NaN or infinite elements')
  if (kind === 'attention' && shape.length > 2) return unknown('attention over stacked heads is no linear map')
  if (kind === 'recurrent')
    return unknown('a recurrent layer feeds back into itself: its bound depends on the length of the sequence')
  if (kind === 'embedding') return unknown('the input of an embedding is discrete')
  if (!isConv && shape.length !== 2)
    return unknown(`is no matrix and no convolution (${kind}, shape [${shape.join(', ')}])`)
  if (count === 0) return { bound: 0, why: 'has no elements' }
  if (context.norm === 'spectral') return isConv ? convBound(context, name) : matrixBound(context, name)
  const entry = context.checkpoint.tensors.find((one) => one.name === name)!
  const layout = isConv ? convLayout(shape, { kind, outAxis, groups: entry.groups }, name) : null
  if (typeof layout === 'string') return unknown(layout)
  const kernels = createKernels()
  const { rows, columns } = await channelSums(kernels, context.checkpoint, entry, layout, context.reading)
  // What is stored with its inputs first maps columns from rows: a Conv1D's [in, out], a transposed convolution's [in, out / groups, k...].
  const isTransposed = isConv ? kind === 'convTranspose' : outAxis === 1
  const isRows = (context.norm === 'linf') !== isTransposed
  return {
    bound: isRows ? rows : columns,
    why: context.norm === 'linf' ? 'largest sum of |w| into an output' : 'largest sum of |w| out of an input',
  }
}

function matrixBound({ figures }: Context, name: string): Bound {
  const { matrix } = figures.get(name)!
  if (matrix === null) return unknown('its spectrum could not be computed')
  return { bound: matrix.spectral + matrix.error, why: 'largest singular value' }
}

/**
 * On a grid of N positions per axis the norm is that of N frequencies. Between them a trigonometric polynomial of degree n = (k - 1) / 2 keeps at least
 * cos(pi n / N) of its maximum at the nearest one (M. Riesz 1914), so that 1 / cos(pi (k - 1) / 2N) per axis bounds all frequencies, and with them inputs of any size,
 * with circular or zero padding (a part of the operator on the infinite grid), any stride and dilation.
 */
function convBound({ figures }: Context, name: string): Bound {
  const { conv, shape, outAxis } = figures.get(name)!
  if (conv === null) return unknown('its norm as a convolution could not be computed')
  const spatial = outAxis === shape.length - 1 && outAxis >= 2 ? shape.slice(0, -2) : shape.slice(2)
  const factor = spatial.reduce(
    (all, size, axis) => all / Math.cos((Math.PI * (size - 1)) / (2 * (conv.input[axis] ?? size))),
    1,
  )
  return {
    bound: (conv.operatorNorm + conv.error) * factor,
    why: `its norm on a periodic grid of ${conv.input.join(' x ')}, times ${factor.toPrecision(4)} for the frequencies between: holds for zero and circular padding, any size and stride, not for reflected or repeated borders${conv.groupsFrom === 'assumed' && conv.groups > 1 ? `; ${conv.groups} groups are assumed` : ''}`,
  }
}

function activationBound({ activation, slope }: Extract<ChainLink, { activation: string }>): LinkBound {
  const key = activation.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const what = activation
  if (key === 'leakyrelu' || key === 'prelu') {
    if (slope === undefined) return { what, ...unknown('its slope is not given') }
    return { what, bound: Math.max(1, Math.abs(slope)), why: 'the larger of its two slopes' }
  }
  const known = Object.hasOwn(activationConstants, key) ? activationConstants[key]! : null
  if (known !== null) return { what, bound: known.bound, why: known.why }
  const near = closest(key, Object.keys(activationConstants))[0]
  return { what, ...unknown(`the activation is not known${near ? `; did you mean ${near}?` : ''}`) }
}

/** gamma / sqrt(running_var + eps) is what an inference-time batch normalization multiplies each channel by. */
async function normalizationBound(
  { checkpoint, reading }: Context,
  { normalization, eps = 1e-5 }: Extract<ChainLink, { normalization: string }>,
): Promise<Bound> {
  const entryOf = (...endings: readonly string[]): TensorEntry | undefined =>
    checkpoint.tensors.find(({ name }) =>
      endings.some((ending) => [`${normalization}.${ending}`, `${normalization}/${ending}`].includes(name)),
    )
  const variance = entryOf('running_var', 'moving_variance')
  const gamma = entryOf('weight', 'gamma', 'scale')
  if (variance === undefined) {
    if (gamma === undefined) {
      const names = checkpoint.tensors.map(({ name }) => name.replace(/[./][^./]*$/, ''))
      const near = closest(normalization, [...new Set(names)])[0]
      throw new UsageError(
        `lipschitz: the chain names the normalization '${inert(normalization)}', which the file does not have.${near ? ` Did you mean '${inert(near)}'?` : ''}`,
        { file: checkpoint.path },
      )
    }
    return unknown(
      'it has no running statistics: it divides by the size of each input, and near a constant input nothing bounds that but eps',
    )
  }
  const kernels = createKernels()
  const variances = await readValues(kernels, checkpoint, variance, reading)
  const scales = gamma === undefined ? null : await readValues(kernels, checkpoint, gamma, reading)
  let bound = 0
  for (let i = 0; i < variances.length; i++) {
    const factor = Math.abs(scales === null ? 1 : scales[i]!) / Math.sqrt(variances[i]! + eps)
    if (Number.isNaN(factor)) return unknown('a variance or scale is no number, or negative')
    bound = Math.max(bound, factor)
  }
  return { bound, why: `max |gamma| / sqrt(running_var + ${eps}), as it is applied after training` }
}
