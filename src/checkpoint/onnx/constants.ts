/** The attributes by which a `Constant` node gives numbers without a tensor. */
import { contiguous, type Elements, type Placed } from './elements.js'
import type { RawAttribute } from './raw.js'
import { elementTypes } from './schema.js'

const float = elementTypes.get(1)!
const int64 = elementTypes.get(7)!

/** The numbers of `value_float`, `value_floats`, `value_int` or `value_ints`; null for attributes that hold none. */
export async function placeConstant(
  attribute: RawAttribute,
  elements: Elements,
  label: string,
): Promise<Placed | null> {
  switch (attribute.name) {
    case 'value_float':
      return scalar(float.word, 4, (view) => view.setFloat32(0, attribute.f ?? 0, true))
    case 'value_int':
      return scalar(int64.word, 8, (view) => view.setBigInt64(0, attribute.i ?? 0n, true))
    case 'value_floats':
      return elements.list(attribute.floats, float, label, attribute.at)
    case 'value_ints':
      return elements.list(attribute.ints, int64, label, attribute.at)
    case 'value_string':
    case 'value_strings':
      return {
        dtype: 'STRING',
        shape: [],
        count: 1,
        data: null,
        why: 'A string constant holds text, not numbers; it is skipped.',
      }
    default:
      return null
  }
}

function scalar(dtype: string, size: 4 | 8, write: (view: DataView) => void): Placed {
  const bytes = new Uint8Array(size)
  write(new DataView(bytes.buffer))
  const data = contiguous({ kind: 'bytes', bytes }, size === 4 ? 'f32' : 'i64', [])
  return { dtype, shape: [], count: 1, data, why: null }
}
