/** Descriptions of the messages that a reader knows: field numbers, names, and how each may be encoded. */

/** varint, fixed64, length-delimited, fixed32. Groups (3, 4) are only ever skipped. */
export type WireType = 0 | 1 | 2 | 5

const encodings = {
  /** int32, int64, bool, enum */
  varint: [0],
  fixed32: [5],
  /** bytes, string, message */
  bytes: [2],
  /** Repeated numbers, packed or one by one: a reader must take both. */
  varints: [0, 2],
  fixed32s: [5, 2],
  fixed64s: [1, 2],
} as const satisfies Record<string, readonly WireType[]>

export type Encoding = keyof typeof encodings

export interface KnownField<Name extends string = string> {
  readonly name: Name
  readonly wires: readonly WireType[]
}

/** One message type; a field that is not listed is skipped. */
export interface MessageType<Name extends string = string> {
  readonly name: string
  readonly fields: ReadonlyMap<number, KnownField<Name>>
}

/** `message('StringStringEntryProto', { key: [1, 'bytes'], value: [2, 'bytes'] })` */
export function message<Name extends string>(
  name: string,
  fields: Record<Name, readonly [number: number, encoding: Encoding]>,
): MessageType<Name> {
  const entries = Object.entries(fields) as [Name, readonly [number, Encoding]][]
  return {
    name,
    fields: new Map(
      entries.map(([field, [number, encoding]]) => [number, { name: field, wires: encodings[encoding] }]),
    ),
  }
}
