/** What each opcode does to the machine, in the order of the protocols; codes that are not here are errors. */
import { inert } from '../../core/index.js'
import type { Machine } from './machine.js'
import { binaryInteger, decimalFloat, decimalInteger, oldString, quotedString, rawUnicode, utf8Text } from './text.js'
import { PyBytes, PyDict, PyFloat, PyGlobal, PyList, PySet, PyTuple, type PyValue } from './values.js'

export type Operation = (machine: Machine) => void

const longestName = 1024
const newestProtocol = 5

/** Protocols 0 and 1: text arguments, and the first binary ones. */
const first: readonly (readonly [string, Operation])[] = [
  ['(', (m) => m.mark()],
  ['.', (m) => m.stop()],
  ['0', (m) => m.popOrMark()],
  ['1', (m) => void m.popMark()],
  ['2', (m) => m.push(m.top())],
  ['F', (m) => m.pushSmall(new PyFloat(decimalFloat(m.cursor, m.cursor.line())))],
  ['G', (m) => m.pushSmall(new PyFloat(m.cursor.f64()))],
  ['I', (m) => m.push(decimalInteger(m.cursor, m.cursor.line(), true))],
  ['J', (m) => m.push(m.cursor.i32())],
  ['K', (m) => m.push(m.cursor.u8())],
  ['M', (m) => m.push(m.cursor.u16())],
  ['L', (m) => m.push(decimalInteger(m.cursor, m.cursor.line(), false))],
  ['N', (m) => m.push(null)],
  ['P', refusePersistentText],
  ['Q', (m) => m.persistent(m.pop())],
  ['R', reduce],
  ['S', (m) => pushString(m, quotedString(m.cursor, m.cursor.line(Number.POSITIVE_INFINITY)))],
  ['T', (m) => pushString(m, oldString(m.cursor.take(m.cursor.u32())))],
  ['U', (m) => pushString(m, oldString(m.cursor.take(m.cursor.u8())))],
  ['V', (m) => pushString(m, rawUnicode(m.cursor, m.cursor.line(Number.POSITIVE_INFINITY)))],
  ['X', (m) => pushUtf8(m, m.cursor.u32())],
  ['a', (m) => appendOne(m)],
  ['b', (m) => m.build()],
  ['c', (m) => m.pushSmall(globalOf(m, nameLine(m), nameLine(m)))],
  ['d', (m) => pushDict(m, m.popMark())],
  ['}', (m) => m.pushNew(new PyDict())],
  ['e', (m) => m.append(m.popMark())],
  ['g', (m) => m.recall(slotLine(m))],
  ['h', (m) => m.recall(m.cursor.u8())],
  ['j', (m) => m.recall(m.cursor.u32())],
  ['i', instance],
  ['l', (m) => pushList(m, m.popMark())],
  [']', (m) => m.pushNew(new PyList())],
  ['o', object],
  ['p', (m) => m.remember(slotLine(m))],
  ['q', (m) => m.remember(m.cursor.u8())],
  ['r', (m) => m.remember(m.cursor.u32())],
  ['s', (m) => setOne(m)],
  ['t', (m) => pushTuple(m, m.popMark())],
  [')', (m) => m.push(emptyTuple)],
  ['u', (m) => m.setItems(m.popMark())],
]

/** Protocols 2 to 5. */
const later: readonly (readonly [number, Operation])[] = [
  [0x80, protocol],
  [0x81, (m) => newObject(m, m.pop())],
  [0x82, refuseExtension],
  [0x83, refuseExtension],
  [0x84, refuseExtension],
  [0x85, (m) => tupleOf(m, 1)],
  [0x86, (m) => tupleOf(m, 2)],
  [0x87, (m) => tupleOf(m, 3)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x8a, (m) => m.push(binaryInteger(m.cursor, m.cursor.u8()))],
  [0x8b, (m) => m.push(binaryInteger(m.cursor, m.cursor.i32()))],
  [0x42, (m) => pushBytes(m, m.cursor.u32())],
  [0x43, (m) => pushBytes(m, m.cursor.u8())],
  [0x8c, (m) => pushUtf8(m, m.cursor.u8())],
  [0x8d, (m) => pushUtf8(m, m.cursor.u64())],
  [0x8e, (m) => pushBytes(m, m.cursor.u64())],
  [0x8f, (m) => m.pushNew(new PySet())],
  [0x90, (m) => m.add(m.popMark())],
  [0x91, (m) => pushSet(m, m.popMark())],
  [0x92, newObjectWithKeywords],
  [0x93, stackGlobal],
  [0x94, (m) => m.rememberNext()],
  [0x95, frame],
  [0x96, (m) => pushBytes(m, m.cursor.u64())],
  [0x97, refuseBuffer],
  [0x98, refuseBuffer],
]

/** Operations by opcode. */
export const operations: readonly (Operation | undefined)[] = makeOperations()

function makeOperations(): (Operation | undefined)[] {
  const table = new Array<Operation | undefined>(256).fill(undefined)
  for (const [character, operation] of first) table[character.charCodeAt(0)] = operation
  for (const [code, operation] of later) table[code] = operation
  return table
}

const emptyTuple = new PyTuple([])

function pushString(m: Machine, value: string | PyBytes): void {
  m.pushText(value, value instanceof PyBytes ? value.bytes.length : value.length)
}

function pushUtf8(m: Machine, length: number): void {
  m.pushText(utf8Text(m.cursor, m.cursor.take(length)), length)
}

function pushBytes(m: Machine, length: number): void {
  m.pushSmall(new PyBytes(m.cursor.take(length)))
}

function pushTuple(m: Machine, items: readonly PyValue[]): void {
  m.pushSmall(items.length === 0 ? emptyTuple : new PyTuple(items))
}

function pushList(m: Machine, items: readonly PyValue[]): void {
  m.pushNew(new PyList())
  m.append(items)
}

function pushSet(m: Machine, items: readonly PyValue[]): void {
  m.pushNew(new PySet())
  m.add(items)
}

function pushDict(m: Machine, pairs: readonly PyValue[]): void {
  m.pushNew(new PyDict())
  m.setItems(pairs)
}

function tupleOf(m: Machine, count: number): void {
  const items = new Array<PyValue>(count)
  for (let index = count - 1; index >= 0; index--) items[index] = m.pop()
  m.pushSmall(new PyTuple(items))
}

function appendOne(m: Machine): void {
  const item = m.pop()
  m.append([item])
}

function setOne(m: Machine): void {
  const value = m.pop()
  const key = m.pop()
  m.setItems([key, value])
}

function slotLine(m: Machine): number {
  const slot = decimalInteger(m.cursor, m.cursor.line(), false)
  if (typeof slot !== 'number') throw m.fault('bad-pickle', 'the pickle uses an impossible memo slot')
  return slot
}

function nameLine(m: Machine): string {
  return utf8Text(m.cursor, m.cursor.line(longestName))
}

/** Python 2's module names are Python 3's. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
])

function globalOf(m: Machine, module: string, name: string): PyGlobal {
  if (module === '' || name === '') throw m.fault('bad-pickle', 'the pickle has a global without a name')
  return new PyGlobal(renamed.get(module) ?? module, name)
}

function reduce(m: Machine): void {
  const args = m.pop()
  m.construct(m.pop(), args, 'call')
}

function instance(m: Machine): void {
  const target = globalOf(m, nameLine(m), nameLine(m))
  m.construct(target, new PyTuple(m.popMark()), 'call')
}

function object(m: Machine): void {
  const [target, ...args] = m.popMark()
  if (target === undefined) throw m.fault('bad-pickle', 'the pickle makes an object without a class on its stack')
  m.construct(target, new PyTuple(args), 'call')
}

function newObject(m: Machine, args: PyValue): void {
  m.construct(m.pop(), args, 'new')
}

function newObjectWithKeywords(m: Machine): void {
  m.pop()
  newObject(m, m.pop())
}

function stackGlobal(m: Machine): void {
  const name = m.pop()
  const module = m.pop()
  if (typeof name !== 'string' || typeof module !== 'string' || module.length + name.length > longestName) {
    throw m.fault('bad-pickle', 'the pickle names a global by values that are no text; that is refused')
  }
  m.pushSmall(globalOf(m, module, name))
}

function protocol(m: Machine): void {
  const version = m.cursor.u8()
  if (version > newestProtocol) {
    throw m.fault('version', `pickle protocol ${version} is unknown; ${newestProtocol} is the newest known version`)
  }
}

/** A frame only says how much follows; what it says must be there. */
function frame(m: Machine): void {
  const length = m.cursor.u64()
  if (length > m.cursor.bytes.length - m.cursor.at)
    throw m.fault('truncated', 'the pickle is truncated: a frame reaches past its end')
}

function refuseExtension(m: Machine): void {
  throw m.fault(
    'code-execution',
    'the pickle uses an opcode of the extension registry, which names code elsewhere; that is refused',
  )
}

function refuseBuffer(m: Machine): void {
  throw m.fault('unsupported', 'the pickle wants an out-of-band buffer, which a file cannot have')
}

function refusePersistentText(m: Machine): void {
  const id = inert(nameLine(m), 40)
  throw m.fault('bad-pickle', `the pickle has the text persistent id '${id}', which PyTorch never writes`)
}
