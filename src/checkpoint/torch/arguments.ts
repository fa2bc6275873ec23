/** Arguments out of a pickle, checked: each has the type that it must have or the file is refused. */
import { FormatError, inert } from '../../core/index.js'
import { nounOf, PyFloat, PyGlobal, PyList, PyTuple, type PyValue } from '../pickle/index.js'

export function malformed(what: string, code = 'bad-type'): FormatError {
  return new FormatError(code, `torch: ${what}.`)
}

/** A non-negative integer that a count, size, stride or offset can be. */
export function wholeNumber(value: PyValue | undefined, what: string): number {
  if (typeof value === 'bigint')
    throw malformed(`${what} is ${inert(value.toString(), 40)}, beyond any file (overflow)`, 'overflow')
  if (typeof value !== 'number') throw malformed(`${what} is ${describe(value)} and not an integer`)
  if (value < 0) throw malformed(`${what} is ${value}, which is negative`, 'bad-shape')
  return value
}

/** A tuple, list or torch.Size of non-negative integers. */
export function wholeNumbers(value: PyValue | undefined, what: string): number[] {
  if (!(value instanceof PyTuple || value instanceof PyList))
    throw malformed(`the tensor's ${what} is ${describe(value)} and not a tuple`)
  if (value.items.length > mostDimensions) {
    throw malformed(
      `the tensor's ${what} has rank ${value.items.length}, more dimensions than ${mostDimensions}`,
      'bad-shape',
    )
  }
  return value.items.map((item) => wholeNumber(item, `an item of the tensor's ${what}`))
}

const mostDimensions = 64

export function describe(value: PyValue | undefined): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'None'
  if (typeof value === 'string') return `the string '${inert(value, 40)}'`
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return inert(String(value), 40)
  if (value instanceof PyFloat) return `the float ${value.value}`
  if (value instanceof PyGlobal) return `the global ${inert(value.path, 60)}`
  return `a ${nounOf(value)}`
}
