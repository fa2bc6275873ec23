/** NumPy's dtype words for plain numbers, such as `<f4` or `float32`; everything else is named and refused. */
import { inert, type StorageType } from '../../core/index.js'
import type { Literal } from './literal.js'

export type NpyType =
  | { readonly word: string; readonly type: StorageType; readonly bigEndian: boolean; readonly why: null }
  | { readonly word: string; readonly type: null; readonly why: string; readonly object: boolean }

const codes: ReadonlyMap<string, StorageType> = new Map([
  ['f2', 'f16'],
  ['f4', 'f32'],
  ['f8', 'f64'],
  ['i1', 'i8'],
  ['i2', 'i16'],
  ['i4', 'i32'],
  ['i8', 'i64'],
  ['u1', 'u8'],
  ['u2', 'u16'],
  ['u4', 'u32'],
  ['u8', 'u64'],
  ['b1', 'bool'],
  ['?', 'bool'],
  ['c8', 'c64'],
  ['c16', 'c128'],
])

const names: ReadonlyMap<string, StorageType> = new Map([
  ['float16', 'f16'],
  ['float32', 'f32'],
  ['float64', 'f64'],
  ['int8', 'i8'],
  ['int16', 'i16'],
  ['int32', 'i32'],
  ['int64', 'i64'],
  ['uint8', 'u8'],
  ['uint16', 'u16'],
  ['uint32', 'u32'],
  ['uint64', 'u64'],
  ['bool', 'bool'],
  ['complex64', 'c64'],
  ['complex128', 'c128'],
])

/** What kinds that hold no plain numbers are called, by their letter. */
const otherKinds: ReadonlyMap<string, string> = new Map([
  ['O', 'an object array, which is a pickle and is never loaded'],
  ['U', 'an array of text'],
  ['S', 'an array of byte strings'],
  ['a', 'an array of byte strings'],
  ['V', 'an array of raw bytes without a type (bfloat16 and float8 are saved so); save it as float32'],
  ['M', 'an array of dates'],
  ['m', 'an array of durations'],
])

/** Reads the `descr` of a header. */
export function npyType(descr: Literal): NpyType {
  if (typeof descr !== 'string') {
    const record = descr !== null && typeof descr === 'object' && descr.kind === 'list'
    const why = record
      ? 'a record (structured) array; save its fields as arrays of their own'
      : 'not a dtype that NumPy writes'
    return { word: record ? 'record' : 'unknown', type: null, why, object: false }
  }
  const word = inert(descr, 40)
  const [, order = '', code = ''] = /^([<>=|]?)([\s\S]*)$/.exec(descr)!
  const type = codes.get(code) ?? (order === '' ? names.get(code) : undefined)
  if (type) return { word, type, bigEndian: order === '>', why: null }
  const kind = /^[OUSaVMm](\d|\[|$)/.test(code) ? code[0]! : ''
  return { word, type: null, why: otherKinds.get(kind) ?? 'a dtype that is not supported', object: kind === 'O' }
}
