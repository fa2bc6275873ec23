/** Python's own constructors of plain data, as pickles call them. */
import { FormatError } from '../../core/index.js'
import { PyBytes, PyDict, PyList, PySet, PyTuple, type PyValue } from '../pickle/index.js'
import { describe, malformed } from './arguments.js'

type Arguments = readonly PyValue[]

/** `dict(items)`, OrderedDict, Counter: from nothing, a dict, or pairs. */
export function makeDict(args: Arguments): PyValue {
  const dict = new PyDict()
  const [items] = args
  if (items instanceof PyDict) for (const [index, key] of items.keys.entries()) dict.set(key, items.values[index]!)
  else if (items !== undefined) {
    for (const pair of itemsOf(items, 'a dict')) {
      if (!(pair instanceof PyTuple || pair instanceof PyList) || pair.items.length !== 2)
        throw malformed('a dict is made from items that are no pairs')
      dict.set(pair.items[0]!, pair.items[1]!)
    }
  }
  return dict
}

/** `defaultdict(factory, items)`: the factory is a name that is never called. */
export function makeDefaultDict(args: Arguments): PyValue {
  return makeDict(args.slice(1))
}

export function makeList(args: Arguments): PyValue {
  const list = new PyList()
  if (args[0] !== undefined) for (const item of itemsOf(args[0], 'a list')) list.items.push(item)
  return list
}

export function makeTuple(args: Arguments): PyValue {
  return new PyTuple(args[0] === undefined ? [] : itemsOf(args[0], 'a tuple'))
}

export function makeSet(args: Arguments): PyValue {
  const set = new PySet()
  if (args[0] !== undefined) for (const item of itemsOf(args[0], 'a set')) set.items.push(item)
  return set
}

/** `_codecs.encode(text, 'latin1')`, which is how protocols before 3 hold bytes; also `bytes()` and `bytearray(...)`. */
export function makeBytes(args: Arguments): PyValue {
  const [value, encoding] = args
  if (value === undefined) return new PyBytes(new Uint8Array(0))
  if (value instanceof PyBytes) return value
  if (typeof value === 'string' && (encoding === 'latin1' || encoding === 'latin-1')) {
    const bytes = new Uint8Array(value.length)
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code > 255)
        throw new FormatError('bad-pickle', 'torch: bytes in the pickle are spelled with characters beyond Latin-1.')
      bytes[index] = code
    }
    return new PyBytes(bytes)
  }
  throw malformed(`bytes are made from ${describe(value)}`)
}

/** Functions that only tag or pass on their first argument. */
export function passOn(args: Arguments): PyValue {
  if (args[0] === undefined) throw malformed('a constructor has no arguments')
  return args[0]
}

/** `torch.device('cuda', 0)`, as text. */
export function makeDevice(args: Arguments): PyValue {
  return args.filter((part) => typeof part === 'string' || typeof part === 'number').join(':')
}

function itemsOf(value: PyValue, what: string): readonly PyValue[] {
  if (value instanceof PyTuple || value instanceof PyList || value instanceof PySet) return value.items
  throw malformed(`${what} is made from ${describe(value)}`)
}
