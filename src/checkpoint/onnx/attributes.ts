/**
 * Numbers that operators other than `Constant` carry in their attributes: tensors, the coefficients of classical models (`ai.onnx.ml`), and long
 * lists and blocks of bytes that must not be passed over in silence.
 */
import { showBytes } from '../../core/index.js'
import type { Elements, Placed } from './elements.js'
import type { RawAttribute, RawNode } from './raw.js'
import { elementTypes } from './schema.js'
import { placeSparse } from './sparse.js'

const float = elementTypes.get(1)!
const int64 = elementTypes.get(7)!

/** Longer lists are more than an operator's settings (strides, pads, axes, activation parameters). */
const longestSetting = 64
const longestText = 4096

/** What one attribute holds, each with a name within its node. Settings of the operator give nothing. */
export async function placeAttribute(
  node: RawNode,
  attribute: RawAttribute,
  elements: Elements,
  label: string,
): Promise<{ name: string; placed: Placed }[]> {
  const { name, tensors, sparse, at } = attribute
  const found: { name: string; placed: Placed }[] = []
  const path = `${label}/${name}`
  const add = (placed: Placed, part = name): void => {
    // The number that a ConstantOfShape repeats is a setting.
    if (node.opType !== 'ConstantOfShape' || placed.count !== 1) found.push({ name: part, placed })
  }
  for (const [index, raw] of tensors.entries()) {
    add(await elements.place(raw, path), tensors.length > 1 ? `${name}_${index}` : name)
  }
  for (const [index, raw] of sparse.entries()) {
    add(await placeSparse(raw, elements, path), sparse.length > 1 ? `${name}_${index}` : name)
  }
  if (attribute.floats.length > 0) {
    const count = await elements.length(attribute.floats, float, path, at)
    if (node.domain === 'ai.onnx.ml' || count > longestSetting) {
      add(await elements.list(attribute.floats, float, path, at, count))
    }
  }
  if (attribute.firstInts.length > longestSetting) {
    const count = await elements.length(attribute.ints, int64, path, at)
    const why = `A list of ${count} integers in the attribute of an operator (indices, ids), which are not weights; it is skipped.`
    add({ dtype: 'INTS', shape: [count], count, data: null, why })
  }
  if (attribute.textBytes > longestText) {
    const why = `A block of ${showBytes(attribute.textBytes)} in the attribute of an operator; if a runtime compiled weights into it, they cannot be read: open the model it was made from.`
    add({ dtype: 'STRING', shape: [], count: 1, data: null, why })
  }
  return found
}
