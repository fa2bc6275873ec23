/** A few elements of a tensor, to tell which tensors are alike before any is compared whole. */
import type { Source, TensorEntry } from '../../checkpoint/index.js'
import { streamOne } from '../compare/index.js'
import { type MeasureEngine, type MeasureOptions, withArena } from '../measure/index.js'

/** `most` places in [0, count), ascending, one in each of as many equal stretches: not in step with rows. */
export function samplePlaces(count: number, most: number): Float64Array {
  if (count <= most) return Float64Array.from({ length: count }, (_, at) => at)
  let state = 0x9e3779b9
  return Float64Array.from({ length: most }, (_, at) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(((at + state / 2 ** 32) * count) / most)
  })
}

/** The elements at `places` (ascending, row-major). Reads the whole tensor. */
export async function sampleOf(
  entry: TensorEntry,
  places: Float64Array,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Float64Array> {
  const found = new Float64Array(places.length)
  let next = 0
  await withArena(engine.kernels, (arena) =>
    streamOne(entry, sources, engine, options, 'f64', arena, (values, count, at) => {
      const chunk = engine.kernels.f64(values, count)
      while (next < places.length && places[next]! < at + count) found[next] = chunk[places[next++]! - at]!
    }),
  )
  return found
}

/** ||x - y|| / max(||x||, ||y||) over what is finite in both; 0 for zeros. */
export function sampleDistance(x: Float64Array, y: Float64Array): number {
  let scale = 0
  const finite = (i: number): boolean => Number.isFinite(x[i]!) && Number.isFinite(y[i]!)
  for (let i = 0; i < x.length; i++) if (finite(i)) scale = Math.max(scale, Math.abs(x[i]!), Math.abs(y[i]!))
  if (scale === 0) return 0
  let [xx, yy, dd] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    if (!finite(i)) continue
    const [u, v] = [x[i]! / scale, y[i]! / scale]
    xx += u * u
    yy += v * v
    dd += (u - v) * (u - v)
  }
  return Math.sqrt(dd / Math.max(xx, yy))
}
