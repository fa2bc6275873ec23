/** Python pickles as inert data: nothing in them is ever called. */
import { Machine, type PickleHost } from './machine.js'
import { operations } from './opcodes.js'
import type { PyValue } from './values.js'

export type { PickleHost, PicklePlace } from './machine.js'
export {
  Foreign,
  nounOf,
  PyBytes,
  PyDict,
  PyFloat,
  PyGlobal,
  PyList,
  PyObject,
  PySet,
  PyTuple,
  type PyValue,
} from './values.js'

/**
 * Reads one pickle that begins at `start`.
 * @param label what the bytes are, for messages: `data.pkl`
 * @returns the value, and the place behind its STOP
 * @throws FormatError with the byte offset where the pickle is damaged, beyond a limit, or refused by the host
 */
export function unpickle(
  bytes: Uint8Array,
  host: PickleHost,
  label: string,
  start = 0,
): { value: PyValue; end: number } {
  const machine = new Machine(bytes, host, label, start)
  const value = machine.run(operations)
  return { value, end: machine.cursor.at }
}
