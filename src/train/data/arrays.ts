/** Arrays from files (npy, npz) as examples: looked at before they are trained on. */
import { FormatError, inert, showShape } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { castOf, isFloat, kernels, tidy, together, typeCode } from '../../tensor/internal.js'
import { TensorDataset } from './tensorDataset.js'

/**
 * Inputs [n, ..] and targets [n] or [n, ..] as a data set, which takes the tensors over. Whole numbers become f32 inputs; targets that are whole
 * numbers in one axis are classes, others numbers (those in one axis [n, 1]).
 *
 * Throws FormatError (with the file, row and column) for what is not finite, for counts that differ, and for negative classes.
 */
export function arrayDataset(
  input: Tensor,
  target: Tensor,
  names: readonly [input: string, target: string],
): TensorDataset {
  const [n, m] = [input.shape[0], target.shape[0]]
  if (n === undefined || m === undefined || n !== m || n === 0)
    throw new FormatError(
      'bad-data',
      `'${inert(names[1])}' has targets ${showShape(target.shape)} for inputs ${showShape(input.shape)} in '${inert(names[0])}'; expected as many, along the first axis.`,
      { file: names[1] },
    )
  checkFinite(input, names[0])
  checkFinite(target, names[1])
  const areClasses = target.rank === 1 && !isFloat(target.dtype)
  if (areClasses) {
    const labels = target.toArray()
    const wrong = labels.findIndex((label) => label < 0)
    if (wrong >= 0)
      throw new FormatError('bad-label', `'${inert(names[1])}' has label ${labels[wrong]} at index ${wrong}; expected 0 or more.`, { file: names[1] }) // biome-ignore format: one line
  }
  const [x, y] = tidy(() => {
    const column = !areClasses && target.rank === 1 ? target.reshape([n, 1]) : target
    return [castOf(input, 'f32'), castOf(column, areClasses ? 'i32' : 'f32')] as const
  })
  if (x !== input) input.dispose()
  if (y !== target) target.dispose()
  return new TensorDataset(x, y)
}

/** Throws FormatError for the first element that is not finite. */
function checkFinite(x: Tensor, name: string): void {
  if (!isFloat(x.dtype)) return
  const at = tidy(() => kernels().array.firstNonfinite(typeCode[x.dtype], x.size, together(x).pointer))
  if (at < 0) return
  const width = x.size / x.shape[0]!
  throw new FormatError(
    'not-finite',
    `'${inert(name)}' row ${Math.floor(at / width)}${width > 1 ? `, column ${at % width}` : ''} is ${x.toArray()[at]}; expected finite numbers.`,
    { file: name },
  )
}
