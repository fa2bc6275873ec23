/**
 * What a pickle can hold, as inert data. None, booleans, integers (`number` while safe, else `bigint`) and text are plain values; everything else has a class
 * here, so that no key or name out of a file ever becomes a property of one of our objects.
 */

export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyFloat
  | PyBytes
  | PyTuple
  | PyList
  | PyDict
  | PySet
  | PyGlobal
  | PyObject
  | Foreign

/** A float is not an integer even where its value is whole: `1.0` is no offset. */
export class PyFloat {
  constructor(readonly value: number) {}
}

export class PyBytes {
  constructor(readonly bytes: Uint8Array) {}
}

export class PyTuple {
  constructor(readonly items: readonly PyValue[]) {}
}

export class PyList {
  readonly items: PyValue[] = []
}

export class PySet {
  readonly items: PyValue[] = []
}

/** A dict in order of insertion; equal keys are one key, as in Python. */
export class PyDict {
  readonly keys: PyValue[] = []
  readonly values: PyValue[] = []
  /** Made with the first key: pickles are full of empty dicts. */
  private places: Map<unknown, number> | null = null

  set(key: PyValue, value: PyValue): void {
    const identity = keyIdentity(key)
    this.places ??= new Map()
    const place = this.places.get(identity)
    if (place === undefined) {
      this.places.set(identity, this.keys.length)
      this.keys.push(key)
      this.values.push(value)
    } else this.values[place] = value
  }

  get(key: PyValue): PyValue | undefined {
    const place = this.places?.get(keyIdentity(key))
    return place === undefined ? undefined : this.values[place]
  }

  get size(): number {
    return this.keys.length
  }
}

/** A name that the pickle mentions: a class or a function. It is never looked up anywhere. */
export class PyGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  get path(): string {
    return `${this.module}.${this.name}`
  }
}

/** What stands in for an object of a class that is not known: its class, arguments and state, and nothing that runs. */
export class PyObject {
  /** Attributes, from BUILD. */
  readonly state = new PyDict()
  /** What a subclass of dict or list was filled with. */
  readonly entries = new PyDict()
  readonly items: PyValue[] = []

  constructor(
    readonly type: PyGlobal,
    readonly args: readonly PyValue[],
  ) {}
}

/** Values that the layer above makes: tensors, storages, arrays. */
export abstract class Foreign {
  /** For messages. */
  get noun(): string {
    return 'value'
  }

  /** What BUILD does with it; by default the state is left aside. */
  build(_state: PyValue): void {}
}

/** The word for a value of one of the classes here, for messages. A class's own name would not survive a bundler that shortens names. */
export function nounOf(value: Exclude<PyValue, null | boolean | number | bigint | string>): string {
  if (value instanceof Foreign) return value.noun
  if (value instanceof PyTuple) return 'tuple'
  if (value instanceof PyList) return 'list'
  if (value instanceof PyDict) return 'dict'
  if (value instanceof PySet) return 'set'
  if (value instanceof PyBytes) return 'bytes'
  if (value instanceof PyFloat) return 'float'
  return value instanceof PyGlobal ? 'global' : 'object'
}

const longestKey = 4096

/** Something that is the same (`===`) for keys that are equal in Python: 1, 1.0 and True are one key. */
function keyIdentity(key: PyValue): unknown {
  if (typeof key === 'boolean') return Number(key)
  if (key instanceof PyFloat) return key.value
  if (key instanceof PyTuple) return tupleIdentity(key, 0) ?? key
  if (key instanceof PyBytes && key.bytes.length <= longestKey) return `b:${key.bytes.join()}`
  return typeof key === 'string' ? `s:${key}` : key
}

/** A text for tuples of simple items; null where it would grow long, and identity must do. */
function tupleIdentity(tuple: PyTuple, depth: number): string | null {
  if (depth > 4 || tuple.items.length > 16) return null
  const parts: string[] = []
  for (const item of tuple.items) {
    const part = item instanceof PyTuple ? tupleIdentity(item, depth + 1) : simpleIdentity(item)
    if (part === null || part.length > longestKey) return null
    parts.push(part)
  }
  return `t:${JSON.stringify(parts)}`
}

function simpleIdentity(item: PyValue): string | null {
  if (item === null) return 'n'
  if (typeof item === 'object' && !(item instanceof PyFloat)) return null
  const identity = keyIdentity(item)
  return typeof identity === 'string' ? identity : `i:${String(identity)}`
}
