/** Options as they are given: a number in their place, or another library's name for one, would else be passed over in silence. */
import { closest, UsageError } from '../../core/index.js'
import { Tensor } from '../tensor.js'

/** What PyTorch and NumPy call them. */
const elsewhere: Readonly<Record<string, string>> = {
  dim: 'axis',
  axes: 'axis',
  keepdim: 'keepDims',
  p: 'ord',
  correction: 'ddof',
}

/** Throws UsageError unless `options` is an object of options that are `known`. */
export function checkOptions(op: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new UsageError(
      `${op}: options are ${JSON.stringify(options) ?? String(options)}; expected an object. Try { ${known[0]}: ${JSON.stringify(options) ?? 0} }.`,
    )
  if (options instanceof Tensor)
    throw new UsageError(`${op}: got a tensor for options; expected an object of ${known.join(', ')}.`)
  for (const name in options) if (!known.includes(name)) throw unknownOption(op, name, known)
}

function unknownOption(op: string, name: string, known: readonly string[]): UsageError {
  const meant = known.includes(elsewhere[name] ?? '') ? elsewhere[name] : closest(name, known)[0]
  return new UsageError(
    `${op}: option ${JSON.stringify(name)} is not known; expected ${known.join(', ')}.${meant === undefined ? '' : ` Try ${meant}.`}`,
  )
}
