/** PyTorch's storage classes and dtypes: how elements are stored, and the word that reports show. */
import { type StorageType, storageInfo } from '../../core/index.js'

export interface TorchType {
  /** As safetensors calls it where it does: `F32`. */
  readonly word: string
  readonly bytes: number
  /** Null where its numbers cannot be measured; `why` says so. */
  readonly type: StorageType | null
  readonly why: string | null
}

const measured = (word: string, type: StorageType): TorchType => ({
  word,
  bytes: storageInfo(type).unitBytes,
  type,
  why: null,
})
const unmeasured = (word: string, bytes: number, why: string): TorchType => ({ word, bytes, type: null, why })

const f16 = measured('F16', 'f16')
const f32 = measured('F32', 'f32')
const f64 = measured('F64', 'f64')
const bf16 = measured('BF16', 'bf16')
const i8 = measured('I8', 'i8')
const i16 = measured('I16', 'i16')
const i32 = measured('I32', 'i32')
const i64 = measured('I64', 'i64')
const u8 = measured('U8', 'u8')
const bool = measured('BOOL', 'bool')
const c64 = measured('C64', 'c64')
const c128 = measured('C128', 'c128')
const halfComplex = unmeasured('C32', 4, 'complex numbers of two halves are not supported')
const quantized = 'a quantized tensor is not supported; dequantize() it before saving'

/** Bytes without a type: the tensor brings its own. */
export const untyped: TorchType = unmeasured('U8', 1, 'its storage has no type')

/** By the name of the storage class. */
export const storageClasses: ReadonlyMap<string, TorchType> = new Map([
  ['DoubleStorage', f64],
  ['FloatStorage', f32],
  ['HalfStorage', f16],
  ['BFloat16Storage', bf16],
  ['LongStorage', i64],
  ['IntStorage', i32],
  ['ShortStorage', i16],
  ['CharStorage', i8],
  ['ByteStorage', u8],
  ['BoolStorage', bool],
  ['ComplexFloatStorage', c64],
  ['ComplexDoubleStorage', c128],
  ['ComplexHalfStorage', halfComplex],
  ['QInt8Storage', unmeasured('QINT8', 1, quantized)],
  ['QUInt8Storage', unmeasured('QUINT8', 1, quantized)],
  ['QInt32Storage', unmeasured('QINT32', 4, quantized)],
  ['QUInt4x2Storage', unmeasured('QUINT4X2', 1, quantized)],
  ['QUInt2x4Storage', unmeasured('QUINT2X4', 1, quantized)],
  ['UntypedStorage', untyped],
])

/** Modules that storage classes come from. */
export const storageModules: ReadonlySet<string> = new Set(['torch', 'torch.storage', 'torch.cuda'])

/** By the name of the dtype: `float32` of `torch.float32`. */
export const torchDtypes: ReadonlyMap<string, TorchType> = new Map([
  ['float64', f64],
  ['double', f64],
  ['float32', f32],
  ['float', f32],
  ['float16', f16],
  ['half', f16],
  ['bfloat16', bf16],
  ['float8_e4m3fn', measured('F8_E4M3', 'f8_e4m3fn')],
  ['float8_e5m2', measured('F8_E5M2', 'f8_e5m2')],
  ['float8_e4m3fnuz', measured('F8_E4M3FNUZ', 'f8_e4m3fnuz')],
  ['float8_e5m2fnuz', measured('F8_E5M2FNUZ', 'f8_e5m2fnuz')],
  ['float8_e8m0fnu', measured('F8_E8M0', 'f8_e8m0')],
  ['float4_e2m1fn_x2', unmeasured('F4', 1, 'packed four-bit floats are not supported')],
  ['int64', i64],
  ['long', i64],
  ['int32', i32],
  ['int', i32],
  ['int16', i16],
  ['short', i16],
  ['int8', i8],
  ['uint8', u8],
  ['uint16', measured('U16', 'u16')],
  ['uint32', measured('U32', 'u32')],
  ['uint64', measured('U64', 'u64')],
  ['bool', bool],
  ['complex32', halfComplex],
  ['chalf', halfComplex],
  ['complex64', c64],
  ['cfloat', c64],
  ['complex128', c128],
  ['cdouble', c128],
])
