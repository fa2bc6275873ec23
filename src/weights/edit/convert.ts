/** `convert`: another format, or other widths of floating-point numbers, with what rounding cost. */
import type { Kind, TensorEntry } from '../../checkpoint/index.js'
import { closest, inert, isFloating, type StorageType, UsageError } from '../../core/index.js'
import { edits, isEncodable, roundedDown } from '../../kernels/index.js'
import type { StateDict } from '../../tensor/index.js'
import type { EditEnvironment } from './environment.js'
import { runEdit } from './run.js'
import type { Chosen, Edit, EditOptions, EditOutput, EditReport, Rewrite } from './types.js'

/** Types that can be asked for, by all their names. */
const widths = {
  f64: 'f64',
  f32: 'f32',
  f16: 'f16',
  bf16: 'bf16',
  f8_e4m3: 'f8_e4m3fn',
  f8_e4m3fn: 'f8_e4m3fn',
  f8_e5m2: 'f8_e5m2',
  f8_e4m3fnuz: 'f8_e4m3fnuz',
  f8_e5m2fnuz: 'f8_e5m2fnuz',
} as const satisfies Record<string, StorageType>

export type FloatWidth = keyof typeof widths
export const floatWidths = Object.keys(widths) as readonly FloatWidth[]

export interface ConvertOptions extends EditOptions {
  /** Floating tensors become this; without it every tensor keeps its type where the format has it. Whole numbers and truth values stay. */
  dtype?: FloatWidth | undefined
  /** What is too large for the type becomes its largest finite number; without it that is an error. */
  saturate?: boolean | undefined
}

const everyKind: readonly Kind[] = [
  ...(['linear', 'conv', 'convTranspose', 'embedding', 'norm', 'bias'] as const),
  ...(['recurrent', 'attention', 'scalar', 'state', 'constant', 'unknown'] as const),
]

/** The edit that `convert` runs. Throws UsageError for impossible options. */
export function convertEdit({ dtype, saturate = false }: ConvertOptions): Edit {
  const target = dtype === undefined ? null : widthOf(dtype)
  if (typeof saturate !== 'boolean')
    throw new UsageError(`convert: saturate is ${typeof saturate}; expected true or false.`)
  if (saturate && target === null)
    throw new UsageError('convert: --saturate belongs to a narrower type. Try --dtype f16.')
  /** Null until it is known which tensors are edited. */
  let converted: ReadonlySet<string> | null = null
  return {
    command: 'convert',
    record: { ...(target === null ? {} : { dtype: target }), ...(saturate ? { saturate } : {}) },
    async plan({ chosen }) {
      const changed = new Set<string>()
      const rewrites = new Map<Chosen, Rewrite>()
      for (const one of chosen) {
        const { data, name } = one.entry
        const isKept = target === null || !isFloating(data.type) || data.type === target
        if (!isKept) changed.add(name)
        rewrites.set(one, isKept ? { kind: 'keep', note: 'as it was' } : rounded(one.entry, target, saturate))
      }
      converted = changed
      return rewrites
    },
    storageOf({ name, sharesWith }, own) {
      // A second name of one storage follows the first.
      const isEdited = converted?.has(name) || (sharesWith !== null && converted?.has(sharesWith))
      return target !== null && (converted === null || isEdited) ? target : own
    },
  }
}

function widthOf(dtype: string): StorageType {
  if (Object.hasOwn(widths, dtype)) return widths[dtype as FloatWidth]
  const [near] = closest(dtype, floatWidths, 1)
  throw new UsageError(
    `convert: --dtype '${inert(String(dtype), 40)}' cannot be written; expected ${floatWidths.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
  )
}

/** Rounding itself is the writer's; here what is too large is held. */
function rounded(entry: TensorEntry, target: StorageType, saturate: boolean): Rewrite {
  let held = 0
  return {
    kind: 'entries',
    note: `${entry.data.type} to ${target}`,
    details: { from: entry.data.type, to: target },
    start(kernels, type) {
      if (!saturate || !isEncodable(target)) return { update() {} }
      const bound = roundedDown(kernels, Number.MAX_VALUE, target)
      return {
        update(pointer, count) {
          const values = type === 'f64' ? kernels.f64(pointer, count) : kernels.f32(pointer, count)
          let over = 0
          for (let i = 0; i < count; i++) if (Math.abs(values[i]!) > bound) over++
          if (over > 0) edits(kernels)[`clip_${type}`](pointer, count, bound, pointer)
          held += over
        },
      }
    },
    finish: () => ({ saturated: held }),
  }
}

/** Runs the edit: on every floating tensor, unless globs or kinds say otherwise. */
export async function runConvert<Input>(
  environment: EditEnvironment<Input>,
  input: Input | StateDict,
  output: EditOutput,
  options: ConvertOptions,
): Promise<EditReport> {
  const all = options.tensors === undefined || options.tensors.length === 0
  return runEdit(environment, convertEdit(options), input, output, {
    ...options,
    kinds: options.kinds ?? (all ? everyKind : undefined),
  })
}
