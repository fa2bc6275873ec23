// V8 rebuilds a vector constant from general registers in every iteration of a loop, which costs more than the arithmetic of a polynomial. A constant of
// equal lanes becomes a load that spreads one word of a table: one instruction.
import binaryen from 'assemblyscript/binaryen'

const vector = /\(v128\.const i32x4 (0x[0-9a-f]{8}) (0x[0-9a-f]{8}) (0x[0-9a-f]{8}) (0x[0-9a-f]{8})\)/g
// These the processor makes from nothing.
const free = new Set(['0x00000000', '0xffffffff'])

/** The module with its constant vectors in a table at `base`, where nothing else may lie before `end`. */
export function tableConstants(bytes, base, end) {
  const source = binaryen.readBinary(bytes)
  source.setFeatures(binaryen.Features.All)
  const words = []
  const places = new Map()
  const place = (parts) => {
    const key = parts.join(' ')
    if (!places.has(key)) {
      // Eight bytes each, so that none straddles a line.
      places.set(key, base + 8 * places.size)
      words.push(...(parts.length === 1 ? [parts[0], '0x00000000'] : parts))
    }
    return places.get(key)
  }
  const text = source.emitText().replace(vector, (whole, a, b, c, d) => {
    if (a !== c || b !== d || (a === b && free.has(a))) return whole
    return a === b
      ? `(v128.load32_splat (i32.const ${place([a])}))`
      : `(v128.load64_splat (i32.const ${place([a, b])}))`
  })
  source.dispose()
  if (base + 4 * words.length > end)
    throw new Error(`${words.length} words of constants do not fit between ${base} and ${end}`)
  const data = words.map((word) => word.slice(2).match(/../g).reverse().map((byte) => `\\${byte}`).join('')).join('') // biome-ignore format: one line
  const target = binaryen.parseText(text.replace(/\)\s*$/, `(data (i32.const ${base}) "${data}"))`))
  target.setFeatures(binaryen.Features.All)
  if (!target.validate()) throw new Error('the module is not valid with its constants in a table')
  const result = target.emitBinary()
  target.dispose()
  return result
}
