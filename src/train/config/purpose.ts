/** What the data ask of a network, told by one example. */
import { showShape } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { Dataset } from '../types.js'
import { fault } from './fault.js'
import type { Purpose } from './model/presets.js'

export interface DataPurpose extends Purpose {
  readonly isClasses: boolean
  /** What the network is to put out for one example, and why. */
  readonly output: readonly number[]
  readonly why: string
}

/** Whether inputs are tokens, targets classes, and how many there are. The caller disposes of `x`. */
export async function purposeOf(data: Dataset, isAutoencoder: boolean): Promise<DataPurpose> {
  const { input, target } = await data.batch(Int32Array.of(0))
  target.dispose()
  const x: Tensor = input
  const tokens = x.dtype === 'i32' ? (data.classes?.length ?? null) : null
  if (x.dtype === 'i32' && tokens === null) throw fault(['data'], 'its inputs are whole numbers without a vocabulary.')
  if (isAutoencoder) {
    const wanted = { tokens, outputs: x.size }
    return { x, wanted, perStep: false, isClasses: false, output: x.shape.slice(1), why: 'its input' }
  }
  const { classes, targetShape } = data
  if (classes !== null) {
    const wanted = { tokens, outputs: classes.length }
    const why = `one score for each of ${classes.length} classes${targetShape.length > 0 ? ', at each step' : ''}`
    return {
      x,
      wanted,
      perStep: targetShape.length > 0,
      isClasses: true,
      output: [...targetShape, classes.length],
      why,
    }
  }
  const outputs = targetShape.at(-1) ?? 1
  const perStep = targetShape.length > 1
  return { x, wanted: { tokens, outputs }, perStep, isClasses: false, output: targetShape, why: `the shape of a target, ${showShape([...targetShape])}` } // biome-ignore format: one line
}
