/** What a model's messages say, as plain records: names, shapes, and where in the file the data lies. */
import type { NumbersField } from './schema.js'

/** Consecutive numbers of one typed field: the payload of one packed field, or a stretch of whole fields (tags and all). */
export interface NumberRun {
  from: number
  to: number
  packed: boolean
  /** Offset of the first tag, to see what follows on. */
  start: number
  /** The field's number, by which the stretch is walked again. */
  readonly number: number
}

export interface RawTensor {
  name: string
  /** Where its message begins, for messages. */
  readonly at: number
  dims: bigint[]
  dataType: bigint
  numbers: Map<NumbersField, NumberRun[]>
  raw: { from: number; to: number } | null
  strings: number
  segmented: boolean
  external: { key: string; value: string }[]
  isExternal: boolean
}

export interface RawSparse {
  /** One each; when a file repeats one, the last counts. */
  values: RawTensor[]
  indices: RawTensor[]
  dims: bigint[]
}

export interface RawAttribute {
  name: string
  readonly at: number
  f: number | null
  i: bigint | null
  floats: NumberRun[]
  ints: NumberRun[]
  firstInts: bigint[]
  /** Length of its string. */
  textBytes: number
  tensors: RawTensor[]
  sparse: RawSparse[]
  graphs: RawGraph[]
}

export interface RawNode {
  name: string
  opType: string
  domain: string
  inputs: string[]
  outputs: string[]
  attributes: RawAttribute[]
}

export interface RawGraph {
  name: string
  initializers: RawTensor[]
  sparse: RawSparse[]
  nodes: RawNode[]
  /** Formal inputs; only functions need them. */
  inputs: string[]
}

export interface RawFunction extends RawGraph {
  domain: string
}

export interface RawModel {
  facts: Map<string, string | number>
  opsets: [string, number][]
  properties: [string, string][]
  graph: RawGraph | null
  training: { initialization: RawGraph; algorithm: RawGraph }[]
  functions: RawFunction[]
}
