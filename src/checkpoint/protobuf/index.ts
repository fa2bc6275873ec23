export { type Encoding, type KnownField, type MessageType, message, type WireType } from './message.js'
export { safeSigned, signed64, unsignedNumber, type Varint } from './varint.js'
export { type Field, type Pending, Wire } from './wire.js'
