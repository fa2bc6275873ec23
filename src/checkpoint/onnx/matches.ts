/**
 * Recognizes an ONNX model by its first bytes. The format has no magic number, so this asks for what no other protobuf has in the same places:
 * a small version number, printable producer names, and a graph that begins as one.
 */
import { readVarint, type Varint } from '../protobuf/varint.js'
import { graphProto, modelProto } from './schema.js'

const texts: ReadonlySet<string> = new Set(['producerName', 'producerVersion', 'domain', 'docString'])

export function looksLikeModel(head: Uint8Array, size: number): boolean {
  const value: Varint = { lo: 0, hi: 0 }
  let at = 0
  let version = false
  let company = false
  try {
    while (at < head.length) {
      const start = readVarint(head, at, head.length, 0, value)
      const known = modelProto.fields.get(value.lo >>> 3)
      const wire = value.lo & 7
      // What is unknown or damaged is for the reader to tell, once enough speaks for a model.
      if (!known || value.hi !== 0 || !known.wires.some((wanted) => wanted === wire)) return version && company
      at = readVarint(head, start, head.length, 0, value)
      if (wire === 0) {
        if (known.name === 'irVersion') {
          if (value.hi !== 0 || value.lo === 0 || value.lo > 1000) return false
          version = true
        }
        continue
      }
      const end = at + value.hi * 0x1_0000_0000 + value.lo
      if (known.name === 'graph') return version || company ? beginsAsGraph(head, at, end) : isGraph(head, at, end)
      if (texts.has(known.name) && !isPrintable(head.subarray(at, Math.min(at + 64, end)))) return false
      company = true
      at = end
    }
  } catch {
    return version && company
  }
  return version && company && size > head.length
}

function beginsAsGraph(head: Uint8Array, from: number, end: number): boolean {
  if (from === end || from >= head.length) return true
  const value: Varint = { lo: 0, hi: 0 }
  readVarint(head, from, head.length, 0, value)
  return value.hi === 0 && (value.lo & 7) === 2 && graphProto.fields.has(value.lo >>> 3)
}

/** Whether every field of the graph in sight is one: asked where nothing else speaks for a model. */
function isGraph(head: Uint8Array, from: number, end: number): boolean {
  const value: Varint = { lo: 0, hi: 0 }
  let at = from
  while (at < end && at < head.length) {
    at = readVarint(head, at, head.length, 0, value)
    if (value.hi !== 0 || (value.lo & 7) !== 2 || !graphProto.fields.has(value.lo >>> 3)) return false
    at = readVarint(head, at, head.length, 0, value)
    at += value.hi * 0x1_0000_0000 + value.lo
  }
  return at > from
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
}
