/** Metrics by the names that options and configurations use. */
import { closest, inert, UsageError } from '../../core/index.js'
import { accuracyMetric } from './accuracy.js'
import type { Metric } from './metric.js'

const makers: Readonly<Record<string, () => Metric>> = {
  accuracy: accuracyMetric,
}

/** Names that `metrics` takes, beside `top<k>`. */
export const metricNames: readonly string[] = Object.keys(makers)

/** Metrics named or given. Throws UsageError for an unknown name, with the nearest. */
export function metricsOf(op: string, list: readonly (string | Metric)[]): readonly Metric[] {
  return list.map((one) => {
    if (typeof one !== 'string') return one
    const make = Object.hasOwn(makers, one) ? makers[one] : undefined
    if (make) return make()
    const near = closest(one, metricNames)[0]
    throw new UsageError(
      `${op}: there is no metric '${inert(one)}'; expected ${metricNames.join(', ')}, top<k>.${near ? ` Did you mean ${near}?` : ''}`,
    )
  })
}
