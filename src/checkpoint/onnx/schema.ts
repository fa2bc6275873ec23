/** The messages of the public onnx.proto, as far as weights are concerned, and its element types. */
import type { StorageType } from '../../core/index.js'
import { message } from '../protobuf/index.js'

export const modelProto = message('ModelProto', {
  irVersion: [1, 'varint'],
  producerName: [2, 'bytes'],
  producerVersion: [3, 'bytes'],
  domain: [4, 'bytes'],
  modelVersion: [5, 'varint'],
  docString: [6, 'bytes'],
  graph: [7, 'bytes'],
  opsetImport: [8, 'bytes'],
  metadataProps: [14, 'bytes'],
  trainingInfo: [20, 'bytes'],
  functions: [25, 'bytes'],
  configuration: [26, 'bytes'],
})

export const graphProto = message('GraphProto', {
  node: [1, 'bytes'],
  name: [2, 'bytes'],
  initializer: [5, 'bytes'],
  docString: [10, 'bytes'],
  input: [11, 'bytes'],
  output: [12, 'bytes'],
  valueInfo: [13, 'bytes'],
  quantizationAnnotation: [14, 'bytes'],
  sparseInitializer: [15, 'bytes'],
  metadataProps: [16, 'bytes'],
})

export const nodeProto = message('NodeProto', {
  input: [1, 'bytes'],
  output: [2, 'bytes'],
  name: [3, 'bytes'],
  opType: [4, 'bytes'],
  attribute: [5, 'bytes'],
  docString: [6, 'bytes'],
  domain: [7, 'bytes'],
})

export const attributeProto = message('AttributeProto', {
  name: [1, 'bytes'],
  f: [2, 'fixed32'],
  i: [3, 'varint'],
  s: [4, 'bytes'],
  t: [5, 'bytes'],
  g: [6, 'bytes'],
  floats: [7, 'fixed32s'],
  ints: [8, 'varints'],
  strings: [9, 'bytes'],
  tensors: [10, 'bytes'],
  graphs: [11, 'bytes'],
  sparseTensor: [22, 'bytes'],
})

export const tensorProto = message('TensorProto', {
  dims: [1, 'varints'],
  dataType: [2, 'varint'],
  segment: [3, 'bytes'],
  float_data: [4, 'fixed32s'],
  int32_data: [5, 'varints'],
  string_data: [6, 'bytes'],
  int64_data: [7, 'varints'],
  name: [8, 'bytes'],
  raw_data: [9, 'bytes'],
  double_data: [10, 'fixed64s'],
  uint64_data: [11, 'varints'],
  docString: [12, 'bytes'],
  externalData: [13, 'bytes'],
  dataLocation: [14, 'varint'],
})

export const sparseTensorProto = message('SparseTensorProto', {
  values: [1, 'bytes'],
  indices: [2, 'bytes'],
  dims: [3, 'varints'],
})

export const trainingInfoProto = message('TrainingInfoProto', {
  initialization: [1, 'bytes'],
  algorithm: [2, 'bytes'],
})

export const functionProto = message('FunctionProto', {
  name: [1, 'bytes'],
  input: [4, 'bytes'],
  output: [5, 'bytes'],
  node: [7, 'bytes'],
  domain: [10, 'bytes'],
})

export const stringEntryProto = message('StringStringEntryProto', { key: [1, 'bytes'], value: [2, 'bytes'] })

export const operatorSetProto = message('OperatorSetIdProto', { domain: [1, 'bytes'], version: [2, 'varint'] })

/** The typed fields of a TensorProto that hold numbers. */
export type NumbersField = 'float_data' | 'int32_data' | 'int64_data' | 'double_data' | 'uint64_data'

export interface ElementType {
  /** onnx.proto's own word. */
  readonly word: string
  /** Null for types of which the values have no numbers we can measure. */
  readonly type: StorageType | null
  /** The typed field that may hold its elements instead of `raw_data`. */
  readonly field: NumbersField
  /** Elements in one byte of raw_data and in one number of the typed field. */
  readonly perByte: 1 | 2 | 4
}

const element = (
  word: string,
  type: StorageType | null,
  field: NumbersField = 'int32_data',
  perByte: 1 | 2 | 4 = 1,
): ElementType => ({ word, type, field, perByte })

/** By the number in `data_type`. */
export const elementTypes: ReadonlyMap<number, ElementType> = new Map([
  [1, element('FLOAT', 'f32', 'float_data')],
  [2, element('UINT8', 'u8')],
  [3, element('INT8', 'i8')],
  [4, element('UINT16', 'u16')],
  [5, element('INT16', 'i16')],
  [6, element('INT32', 'i32')],
  [7, element('INT64', 'i64', 'int64_data')],
  [8, element('STRING', null)],
  [9, element('BOOL', 'bool')],
  [10, element('FLOAT16', 'f16')],
  [11, element('DOUBLE', 'f64', 'double_data')],
  [12, element('UINT32', 'u32', 'uint64_data')],
  [13, element('UINT64', 'u64', 'uint64_data')],
  [14, element('COMPLEX64', 'c64', 'float_data')],
  [15, element('COMPLEX128', 'c128', 'double_data')],
  [16, element('BFLOAT16', 'bf16')],
  [17, element('FLOAT8E4M3FN', 'f8_e4m3fn')],
  [18, element('FLOAT8E4M3FNUZ', 'f8_e4m3fnuz')],
  [19, element('FLOAT8E5M2', 'f8_e5m2')],
  [20, element('FLOAT8E5M2FNUZ', 'f8_e5m2fnuz')],
  [21, element('UINT4', 'u4', 'int32_data', 2)],
  [22, element('INT4', 'i4', 'int32_data', 2)],
  [23, element('FLOAT4E2M1', 'f4_e2m1', 'int32_data', 2)],
  [24, element('FLOAT8E8M0', 'f8_e8m0')],
  // Four to a byte: no storage type of ours, so always spread to one element a byte.
  [25, element('UINT2', 'u8', 'int32_data', 4)],
  [26, element('INT2', 'i8', 'int32_data', 4)],
])
