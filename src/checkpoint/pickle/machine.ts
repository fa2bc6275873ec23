/**
 * A machine for pickle opcodes of protocols 0 to 5 that knows data and calls nothing. What a REDUCE or NEWOBJ of a name means is the host's decision; its
 * answers are inert values too. Stack, marks and memo are bounded by a budget, so a small file cannot fill the memory.
 */
import { FormatError, inert } from '../../core/index.js'
import { Cursor } from './cursor.js'
import { Foreign, PyBytes, PyDict, PyGlobal, PyList, PyObject, PySet, PyTuple, type PyValue } from './values.js'

/** What the machine asks of the layer above. */
export interface PickleHost {
  /** A REDUCE (`call`) or an instantiation (`new`) of `target`. Throws FormatError to refuse it; `place` is for the message. */
  construct(target: PyGlobal, args: readonly PyValue[], how: 'call' | 'new', place: PicklePlace): PyValue
  /** A persistent id: PyTorch's storages. */
  persistent(id: PyValue): PyValue
}

export interface PicklePlace {
  readonly offset: number
  /** `byte 182 of data.pkl` */
  readonly text: string
}

/** Units of memory (about 12 bytes each) that the values of one pickle may take: enough for 150,000 tensors, and under 400 MB whatever the values are. */
const budget = 24_000_000
/** What a value costs, measured on pickles that consist of nothing else. */
const units = { scalar: 3, text: 6, number: 6, memo: 6, key: 8, small: 8, mark: 16, container: 24, object: 48 } as const

export class Machine {
  readonly cursor: Cursor
  private stack: PyValue[] = []
  private readonly stacks: PyValue[][] = []
  private readonly memo = new Map<number, PyValue>()
  private spent = 0
  private result: { readonly value: PyValue } | null = null

  constructor(
    bytes: Uint8Array,
    private readonly host: PickleHost,
    label: string,
    start: number,
  ) {
    this.cursor = new Cursor(bytes, label, start)
  }

  /** Runs to STOP. */
  run(operations: readonly (((machine: Machine) => void) | undefined)[]): PyValue {
    const { cursor } = this
    while (this.result === null) {
      const at = cursor.at
      if (at >= cursor.bytes.length) throw cursor.fault('truncated', 'the pickle is truncated: it has no STOP opcode')
      const code = cursor.u8()
      const operation = operations[code]
      if (!operation) throw this.fault('bad-pickle', `the pickle has an unknown opcode ${code}`)
      operation(this)
    }
    return this.result.value
  }

  /** Pushes a value that needs no memory of its own. */
  push(value: PyValue): void {
    this.spend(typeof value === 'bigint' ? units.number : units.scalar)
    this.stack.push(value)
  }

  pushText(value: PyValue, length: number): void {
    this.spend(units.text + (length >>> 3))
    this.stack.push(value)
  }

  /** Pushes a tuple, a float, a name or bytes. */
  pushSmall(value: PyValue): void {
    this.spend(value instanceof PyBytes ? units.mark : units.small)
    this.stack.push(value)
  }

  /** Pushes a new list, dict, set or object. */
  pushNew(value: PyValue): void {
    this.spend(value instanceof PyObject ? units.object : units.container)
    this.stack.push(value)
  }

  pop(): PyValue {
    if (this.stack.length === 0) throw this.fault('bad-pickle', 'the pickle takes a value from an empty stack')
    return this.stack.pop()!
  }

  top(): PyValue {
    if (this.stack.length === 0) throw this.fault('bad-pickle', 'the pickle uses the top of an empty stack')
    return this.stack.at(-1)!
  }

  mark(): void {
    this.spend(units.mark)
    this.stacks.push(this.stack)
    this.stack = []
  }

  /** What lies above the last mark, which is removed. */
  popMark(): PyValue[] {
    const before = this.stacks.pop()
    if (!before) throw this.fault('bad-pickle', 'the pickle uses a mark on its stack that is not there')
    const items = this.stack
    this.stack = before
    return items
  }

  /** POP removes a mark where nothing lies above it. */
  popOrMark(): void {
    if (this.stack.length === 0 && this.stacks.length > 0) this.popMark()
    else this.pop()
  }

  remember(slot: number): void {
    if (slot < 0) throw this.fault('bad-pickle', `the pickle uses the impossible memo slot ${slot}`)
    this.spend(units.memo)
    this.memo.set(slot, this.top())
  }

  rememberNext(): void {
    this.remember(this.memo.size)
  }

  recall(slot: number): void {
    const value = this.memo.get(slot)
    if (value === undefined)
      throw this.fault('bad-pickle', `the pickle reads the memo slot ${slot}, which was never set`)
    this.push(value)
  }

  construct(target: PyValue, args: PyValue, how: 'call' | 'new'): void {
    if (!(target instanceof PyGlobal))
      throw this.fault('code-execution', 'the pickle calls a value that is no name; that is refused')
    if (!(args instanceof PyTuple))
      throw this.fault('bad-pickle', `the arguments of ${inert(target.path)} in the pickle are no tuple`)
    this.pushNew(this.asked((place) => this.host.construct(target, args.items, how, place)))
  }

  persistent(id: PyValue): void {
    this.pushNew(this.asked(() => this.host.persistent(id)))
  }

  build(): void {
    const state = this.pop()
    const target = this.top()
    if (target instanceof PyObject) this.asked(() => buildObject(target, state))
    else if (target instanceof Foreign) this.asked(() => target.build(state))
    else if (!(target instanceof PyDict || target instanceof PyList || target instanceof PySet)) {
      throw this.fault('bad-pickle', 'a BUILD opcode of the pickle has a target without a state')
    }
  }

  append(items: readonly PyValue[]): void {
    const target = this.top()
    if (!(target instanceof PyList || target instanceof PyObject)) {
      throw this.fault('bad-pickle', 'the pickle appends to a value on its stack that is no list')
    }
    for (const item of items) target.items.push(item)
  }

  add(items: readonly PyValue[]): void {
    const target = this.top()
    if (!(target instanceof PySet))
      throw this.fault('bad-pickle', 'the pickle adds to a value on its stack that is no set')
    for (const item of items) target.items.push(item)
  }

  setItems(pairs: readonly PyValue[]): void {
    const target = this.top()
    const dict = target instanceof PyObject ? target.entries : target
    if (!(dict instanceof PyDict))
      throw this.fault('bad-pickle', 'the pickle sets items of a value on its stack that is no dict')
    this.fillDict(dict, pairs)
  }

  fillDict(dict: PyDict, pairs: readonly PyValue[]): void {
    if (pairs.length % 2)
      throw this.fault('bad-pickle', 'the pickle has a dict on its stack with a key that has no value')
    for (let index = 0; index < pairs.length; index += 2) {
      const key = pairs[index]!
      if (key instanceof PyList || key instanceof PyDict || key instanceof PySet) {
        throw this.fault('bad-pickle', 'the pickle has a dict with a key that is a list, dict or set')
      }
      this.spend(units.key)
      dict.set(key, pairs[index + 1]!)
    }
  }

  stop(): void {
    const value = this.pop()
    if (this.stacks.length > 0) throw this.fault('bad-pickle', 'the pickle stops with an open mark on its stack')
    if (this.stack.length > 0) throw this.fault('bad-pickle', 'the pickle stops with more than one value on its stack')
    this.result = { value }
  }

  fault(code: string, what: string): FormatError {
    return this.cursor.fault(code, what)
  }

  /** Puts the place into an error of the host that does not name it. */
  private asked<T>(question: (place: PicklePlace) => T): T {
    const { at, label } = this.cursor
    const text = `byte ${at} of ${label}`
    try {
      return question({ offset: at, text })
    } catch (error) {
      if (!(error instanceof FormatError) || error.offset !== undefined) throw error
      throw new FormatError(error.code, `${error.message.replace(/\.$/, '')} (${text}).`, { offset: at, cause: error })
    }
  }

  private spend(cost: number): void {
    this.spent += cost
    if (this.spent > budget) {
      throw this.fault(
        'too-large',
        'the pickle holds more values than a checkpoint can need (memo, stack and containers are limited)',
      )
    }
  }
}

/** The state of an object: a dict of attributes, or a pair of one and the slots. Other states are kept as one attribute. */
function buildObject(target: PyObject, state: PyValue): void {
  const parts = state instanceof PyTuple && state.items.length === 2 ? state.items : [state]
  const dicts = parts.filter((part) => part instanceof PyDict)
  if (dicts.length + parts.filter((part) => part === null).length < parts.length) {
    target.state.set('__state__', state)
    return
  }
  for (const dict of dicts) {
    for (const [index, key] of dict.keys.entries()) target.state.set(key, dict.values[index]!)
  }
}
