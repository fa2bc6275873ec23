/** What every edit was asked for, checked. */
import { inert, UsageError } from '../../core/index.js'
import { StateDict } from '../../tensor/index.js'
import type { EditCommand, EditOptions, EditOutput } from './types.js'

const kinds = ['linear', 'conv', 'convTranspose', 'embedding', 'norm', 'bias', 'recurrent', 'attention', 'scalar', 'state', 'constant', 'unknown'] as const // biome-ignore format: a list

/** The sentence for an impossible option. */
export function impossible(command: string, name: string, value: unknown, expected: string): UsageError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'number' ? value : typeof value
  return new UsageError(`${command}: ${name} is ${inert(String(shown), 60)}; expected ${expected}.`)
}

/** Throws UsageError for an impossible value: callers without types get the same sentence as the command line's. */
export function checkEditOptions(command: EditCommand, options: EditOptions, output: EditOutput): void {
  const { tensors = [], minSize = 0, seed = 0, signal, onProgress } = options
  const wrong = (name: string, value: unknown, expected: string): UsageError =>
    impossible(command, name, value, expected)
  const globs: unknown = typeof tensors === 'string' ? [tensors] : tensors
  if (!Array.isArray(globs) || globs.some((glob) => typeof glob !== 'string'))
    throw wrong('tensors', tensors, 'a glob or an array of globs')
  for (const kind of options.kinds ?? [])
    if (!kinds.includes(kind)) throw wrong('kinds', kind, `some of ${kinds.join(', ')}`)
  for (const [name, value] of Object.entries({ minSize, seed }))
    if (!Number.isSafeInteger(value) || value < 0) throw wrong(name, value, 'a whole number of at least 0')
  oneOf(command, 'format', options.format ?? 'safetensors', ['safetensors', 'npz'])
  oneOf(command, 'spectra', options.spectra ?? 'auto', ['auto', 'exact', 'estimate', 'none'])
  oneOf(command, 'backend', options.backend ?? 'auto', ['auto', 'system', 'portable'])
  for (const name of ['inPlace', 'dryRun', 'allowNonfinite'] as const)
    if (typeof (options[name] ?? false) !== 'boolean') throw wrong(name, options[name], 'true or false')
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw wrong('signal', signal, 'an AbortSignal')
  if (onProgress !== undefined && typeof onProgress !== 'function') throw wrong('onProgress', onProgress, 'a function')
  if (output !== null && typeof output !== 'string' && !(output instanceof StateDict))
    throw new UsageError(`${command}: the output is ${typeof output}; expected a path, a StateDict or null.`)
}

function oneOf(command: string, name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw impossible(command, name, value, `one of ${choices.join(', ')}`)
}
