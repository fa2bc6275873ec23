/** Thresholds from a user's own values. */
import { closest, inert, UsageError } from '../../core/index.js'
import { flagTable, type ThresholdName, type Thresholds } from './table.js'

const names = Object.keys(flagTable) as ThresholdName[]

/** The defaults, replaced by `own` where it names one. Throws UsageError for an unknown name or a value that is no positive number. */
export function resolveThresholds(own: Readonly<Record<string, unknown>>): Thresholds {
  const result = Object.fromEntries(names.map((name) => [name, flagTable[name].default])) as Record<
    ThresholdName,
    number
  >
  for (const [name, value] of Object.entries(own)) {
    const known = names.find((one) => one === name)
    if (known === undefined) {
      const near = closest(name, names)[0]
      const hint = near === undefined ? `The names are ${names.join(', ')}.` : `Did you mean '${near}'?`
      throw new UsageError(`flags: unknown threshold '${inert(name)}'. ${hint}`)
    }
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw new UsageError(
        `flags: threshold '${known}' is ${inert(JSON.stringify(value) ?? String(value))}; expected a number of at least 0.`,
      )
    result[known] = value
  }
  return result
}
