/** LoRA adapters: which tensors are the two factors of which layer, and what they are multiplied with. */
import type { Checkpoint, Source, TensorEntry } from '../../checkpoint/index.js'
import { FormatError, inert } from '../../core/index.js'
import type { Factors } from '../compare/index.js'
import type { MeasureEngine, MeasureOptions } from '../measure/index.js'
import { sampleOf } from './sample.js'

/** The change of one layer: scale * up * down. */
export interface AdapterLayer {
  /** The layer's name as the adapter has it, without `.lora_A.weight` and the like. */
  readonly stem: string
  readonly factors: Factors
  /** Rows and columns of the change. */
  readonly shape: readonly [number, number]
  readonly rank: number
  /** The change is added to the transpose of what is stored: embeddings, and GPT-2's [in, out] layers. */
  readonly transposed: boolean
}

export interface Adapter {
  readonly layers: readonly AdapterLayer[]
  /** What is no part of a layer: biases, modules that were trained whole. */
  readonly rest: readonly TensorEntry[]
  /** Where the scale comes from, in words. */
  readonly scale: string
  readonly warnings: readonly string[]
}

/** What PEFT writes beside an adapter, as far as it matters here. */
interface Config {
  readonly alpha: number | null
  readonly rslora: boolean
  readonly fanInFanOut: boolean
  readonly alphas: Readonly<Record<string, number>>
}

/** The two factors' names: PEFT, PEFT for embeddings, kohya and diffusers. */
const patterns: readonly { readonly pattern: RegExp; readonly down: string; readonly embedding: boolean }[] = [
  { pattern: /^(.+)\.lora_(A|B)(?:\.[^.]+)?\.weight$/, down: 'A', embedding: false },
  { pattern: /^(.+)\.lora_embedding_(A|B)(?:\.[^.]+)?$/, down: 'A', embedding: true },
  { pattern: /^(.+?)(?:\.lora|\.lora_linear_layer)?[._]lora_(down|up)\.weight$/, down: 'down', embedding: false },
  { pattern: /^(.+)\.lora(?:_linear_layer)?\.(down|up)\.weight$/, down: 'down', embedding: false },
]

export function isAdapter(entries: readonly TensorEntry[]): boolean {
  return entries.some(({ name }) => factorOf(name) !== null)
}

function factorOf(name: string): { stem: string; side: 'down' | 'up'; embedding: boolean } | null {
  for (const { pattern, down, embedding } of patterns) {
    const match = pattern.exec(name)
    if (match) return { stem: match[1]!, side: match[2] === down ? 'down' : 'up', embedding }
  }
  return null
}

/**
 * The adapter among `entries`.
 *
 * @param config what stands in adapter_config.json, null where there is none
 * @param alpha replaces every other alpha
 */
export async function adapterOf(
  checkpoint: Pick<Checkpoint, 'path'>,
  entries: readonly TensorEntry[],
  config: unknown,
  alpha: number | undefined,
  reading: { sources: readonly Source[]; engine: MeasureEngine; options: MeasureOptions },
): Promise<Adapter> {
  const settings = settingsOf(config, checkpoint.path)
  const warnings: string[] = []
  const halves = new Map<string, { down?: TensorEntry; up?: TensorEntry; embedding: boolean }>()
  const rest: TensorEntry[] = []
  for (const entry of entries) {
    const factor = factorOf(entry.name)
    if (factor === null) rest.push(entry)
    else {
      const half = halves.get(factor.stem) ?? { embedding: factor.embedding }
      half[factor.side] = entry
      halves.set(factor.stem, half)
    }
  }
  const alphas = new Map<string, number>()
  for (const entry of rest)
    if (entry.name.endsWith('.alpha') && entry.count === 1 && halves.has(entry.name.slice(0, -6))) {
      const [value] = await sampleOf(entry, Float64Array.of(0), reading.sources, reading.engine, reading.options)
      alphas.set(entry.name.slice(0, -6), value!)
    }
  const layers: AdapterLayer[] = []
  for (const [stem, { down, up, embedding }] of halves) {
    if (down === undefined || up === undefined) {
      warnings.push(`The layer '${inert(stem)}' has only one of its two factors and is left out.`)
      continue
    }
    const rank = down.shape[0] ?? 0
    const columns = rank === 0 ? 0 : down.count / rank
    const rows = up.shape[0] ?? 0
    if (up.count !== rows * rank || down.shape.length < 2)
      throw new FormatError(
        'bad-adapter',
        `the factors of '${inert(stem)}' do not fit: ${inert(up.name)} is [${up.shape.join(', ')}] and ${inert(down.name)} [${down.shape.join(', ')}]; expected [out, r] and [r, in].`,
        { file: checkpoint.path, tensor: down.name },
      )
    const own = alpha ?? alphas.get(stem) ?? alphaFor(settings, stem)
    const scale = own === null || rank === 0 ? 1 : own / (settings.rslora ? Math.sqrt(rank) : rank)
    const transposed = embedding || (settings.fanInFanOut && !embedding)
    layers.push({ stem, factors: { down, up, scale }, shape: [rows, columns], rank, transposed })
  }
  const ofFile = alphas.size > 0
  const scale =
    alpha !== undefined
      ? `alpha ${alpha} as given`
      : ofFile
        ? 'alpha of the file, layer by layer'
        : settings.alpha !== null
          ? `alpha ${settings.alpha} of adapter_config.json${settings.rslora ? ', over the root of the rank' : ''}`
          : 'no alpha is known: scale 1'
  if (alpha === undefined && !ofFile && settings.alpha === null)
    warnings.push('No alpha was found beside the adapter, so B A is taken as it is (scale 1). Try --lora-alpha.')
  if (entries.some(({ name }) => name.includes('lora_magnitude_vector')))
    warnings.push('The adapter has DoRA magnitudes, which scale rows after B A is added; they are not applied.')
  const unused = new Set([...alphas.keys()].map((stem) => `${stem}.alpha`))
  return { layers, rest: rest.filter(({ name }) => !unused.has(name)), scale, warnings }
}

/** PEFT's patterns are the ends of module names. */
function alphaFor({ alpha, alphas }: Config, stem: string): number | null {
  for (const [end, value] of Object.entries(alphas)) if (stem === end || stem.endsWith(`.${end}`)) return value
  return alpha
}

function settingsOf(config: unknown, file: string): Config {
  if (config === null || config === undefined) return { alpha: null, rslora: false, fanInFanOut: false, alphas: {} }
  const fields = config as Readonly<Record<string, unknown>>
  const alpha = fields['lora_alpha']
  if (typeof config !== 'object' || (alpha !== undefined && !(typeof alpha === 'number' && Number.isFinite(alpha))))
    throw new FormatError('bad-adapter', 'adapter_config.json: lora_alpha is not a number.', { file })
  const patterns = fields['alpha_pattern']
  const alphas =
    typeof patterns === 'object' && patterns !== null
      ? Object.fromEntries(Object.entries(patterns).filter(([, value]) => typeof value === 'number'))
      : {}
  return {
    alpha: alpha ?? null,
    rslora: fields['use_rslora'] === true,
    fanInFanOut: fields['fan_in_fan_out'] === true,
    alphas,
  }
}
