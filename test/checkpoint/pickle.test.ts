/** The pickle machine by itself: opcodes by hand, limits, and that nothing is ever called. */
import { describe, expect, it } from 'vitest'
import {
  type PickleHost,
  PyBytes,
  PyDict,
  PyFloat,
  type PyGlobal,
  PyList,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
  unpickle,
} from '../../src/checkpoint/pickle/index.js'
import { FormatError } from '../../src/core/index.js'

const asked: string[] = []
/** Answers every call with an inert object. */
const host: PickleHost = {
  construct(target: PyGlobal, args, how) {
    asked.push(`${how} ${target.path}`)
    return new PyObject(target, args)
  },
  persistent: (id) => new PyTuple(['persistent', id]),
}

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const run = (text: string) => unpickle(latin1(text), host, 'test.pkl').value

/** Plain JavaScript for comparisons. */
function plain(value: PyValue): unknown {
  if (value instanceof PyFloat) return { float: value.value }
  if (value instanceof PyBytes) return { bytes: [...value.bytes] }
  if (value instanceof PyTuple) return { tuple: value.items.map(plain) }
  if (value instanceof PyList) return value.items.map(plain)
  if (value instanceof PySet) return { set: value.items.map(plain) }
  if (value instanceof PyDict)
    return { dict: value.keys.map((key, index) => [plain(key), plain(value.values[index]!)]) }
  return value
}

describe('unpickle: values', () => {
  it.each<[string, string, unknown]>([
    ['None', 'N.', null],
    ['True of protocol 0', 'I01\n.', true],
    ['an integer in text', 'I-12\n.', -12],
    ['a long in text', 'L123456789012345678901L\n.', 123456789012345678901n],
    ['BININT', 'J\xfe\xff\xff\xff.', -2],
    ['BININT2', 'M\x39\x30.', 12345],
    ['LONG1, negative', '\x8a\x01\xff.', -1],
    ['LONG1 of no bytes', '\x8a\x00.', 0],
    ['LONG1 beyond 2^53', '\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40.', 2n ** 62n],
    ['a float in text', 'F-1.5e3\n.', { float: -1500 }],
    ['infinity in text', 'F-inf\n.', { float: Number.NEGATIVE_INFINITY }],
    ['BINFLOAT', 'G\x3f\xf0\x00\x00\x00\x00\x00\x00.', { float: 1 }],
    ['a quoted string', "S'a\\n\\x41'\n.", 'a\nA'],
    ['UNICODE with escapes', 'V\\u00e9\xe9\n.', 'éé'],
    ['SHORT_BINUNICODE in UTF-8', '\x8c\x02\xc3\xa9.', 'é'],
    ['an old string that is no text', 'U\x02\xff\x00.', { bytes: [255, 0] }],
    ['bytes', 'C\x03\x00\x01\x02.', { bytes: [0, 1, 2] }],
    ['tuples', 'K\x01K\x02K\x03\x87\x85.', { tuple: [{ tuple: [1, 2, 3] }] }],
    ['a list', '](K\x01K\x02eK\x03a.', [1, 2, 3]],
    [
      'a dict where a key comes twice',
      '}(X\x01\x00\x00\x00aK\x01K\x01K\x02\x88K\x03u.',
      {
        dict: [
          ['a', 1],
          [1, 3],
        ],
      },
    ],
    ['a set', '\x8f(K\x01K\x02\x90.', { set: [1, 2] }],
    ['a frozenset', '(K\x01\x91.', { set: [1] }],
    ['the memo', 'K\x07q\x000h\x00h\x00\x86.', { tuple: [7, 7] }],
    ['MEMOIZE', '\x80\x04K\x07\x940h\x00.', 7],
    ['DUP, POP_MARK and POP of a mark', 'K\x012(K\x051(0\x86.', { tuple: [1, 1] }],
    ['a persistent id', 'K\x05Q.', { tuple: ['persistent', 5] }],
  ])('%s', (_, text, value) => {
    expect(plain(run(text))).toEqual(value)
  })

  it('reads a pickle from the middle and says where it ends', () => {
    expect(unpickle(latin1('xxK\x05.K\x06.'), host, 'test.pkl', 2)).toEqual({ value: 5, end: 5 })
  })

  it('keeps keys such as __proto__ as data', () => {
    const dict = run(
      '}(X\x09\x00\x00\x00__proto__}X\x08\x00\x00\x00pollutedK\x01sX\x0b\x00\x00\x00constructorK\x02u.',
    ) as PyDict
    expect(dict.keys).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('makes equal tuple keys one key, as Python does', () => {
    expect((run('}(K\x01N\x86K\x05K\x01N\x86K\x06u.') as PyDict).values).toEqual([6])
  })
})

describe('unpickle: calls', () => {
  it('asks the host for each way of making an object, with Python 3 names', () => {
    asked.length = 0
    run('c__builtin__\nset\n)R0cmodule\nName\n)\x810(imodule\nOther\n0(cmodule\nThird\no0\x8c\x01m\x8c\x01n\x93)R.')
    expect(asked).toEqual([
      'call builtins.set',
      'new module.Name',
      'call module.Other',
      'call module.Third',
      'call m.n',
    ])
  })

  it('keeps the state of BUILD as data, also one named __setstate__', () => {
    const object = run('cm\nX\n)\x81}X\x0c\x00\x00\x00__setstate__cos\nsystem\nsb.') as PyObject
    expect((object.state.get('__setstate__') as PyGlobal).path).toBe('os.system')
  })

  it('never asks for what is only named', () => {
    asked.length = 0
    run('cos\nsystem\n.')
    expect(asked).toEqual([])
  })
})

describe('unpickle: refusals', () => {
  it.each([
    ['', 'it has no STOP opcode'],
    ['.', 'takes a value from an empty stack'],
    ['(.', 'takes a value from an empty stack'],
    ['K\x01(K\x02.', 'stops with an open mark'],
    ['K\x01K\x02.', 'stops with more than one value'],
    ['e', 'uses a mark on its stack that is not there'],
    ['K\x01K\x02a.', 'appends to a value on its stack that is no list'],
    ['}(K\x01u.', 'a key that has no value'],
    ['}]K\x01s.', 'a key that is a list, dict or set'],
    ['h\x05.', 'reads the memo slot 5, which was never set'],
    ['Np-1\n.', 'uses the impossible memo slot -1'],
    ['Np__proto__\n.', 'not written in decimal digits'],
    ['I0x10\n.', 'not written in decimal digits'],
    ['K\x01)R.', 'calls a value that is no name'],
    ['K\x05K\x06\x93.', 'names a global by values that are no text'],
    ['\x82\x01.', 'opcode of the extension registry'],
    ['\x97.', 'out-of-band buffer'],
    ['Pid\n.', "the text persistent id 'id'"],
    ['\x80\x06.', 'pickle protocol 6 is unknown'],
    ['X\xff\xff\xff\xffabc.', 'truncated: 4294967295 more bytes are wanted and 4 are there'],
    ['\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.', 'truncated: 18446744073709551615 more bytes'],
    ['\x8b\xff\xff\xff\xff.', 'an impossible size of -1 bytes'],
    ['X\x01\x00\x00\x00\xff.', 'is not UTF-8'],
    ['cos.', 'a text argument has no end'],
    ['\x01', 'unknown opcode 1'],
  ])('%j: %s', (text, message) => {
    expect(() => run(text)).toThrow(message)
    expect(() => run(text)).toThrow(/, at byte \d+ of test\.pkl\.$/)
  })

  it('bounds the memory that a small pickle can take', () => {
    const marks = new Uint8Array(4_000_000).fill('('.charCodeAt(0))
    expect(() => unpickle(marks, host, 'test.pkl')).toThrow('the pickle holds more values than a checkpoint can need')
    const lists = new Uint8Array(4_000_000).fill(']'.charCodeAt(0))
    expect(() => unpickle(lists, host, 'test.pkl')).toThrow('the pickle holds more values than a checkpoint can need')
  })

  it('reads a large plain pickle quickly: 200,000 keys', () => {
    const parts = ['}(']
    for (let key = 0; key < 200_000; key++)
      parts.push(`X\x06\x00\x00\x00${String(key).padStart(6, '0')}J\x01\x00\x00\x00`)
    const started = performance.now()
    expect((run(`${parts.join('')}u.`) as PyDict).size).toBe(200_000)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('gives a value or a FormatError for random bytes', () => {
    let state = 7
    for (let round = 0; round < 20_000; round++) {
      const bytes = new Uint8Array(40)
      for (let i = 0; i < 40; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        bytes[i] = state >>> 24
      }
      try {
        unpickle(bytes, host, 'test.pkl')
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`round ${round}: ${(error as Error).stack}`)
      }
    }
  })
})
