/** Where a text stops being JSON. Engines say it in words of their own, or not at all. */

const blank = /[ \t\r\n]*/y
const plain = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/y // biome-ignore format: one pattern

/** The place of the first character that is wrong, or the text's end; null where nothing is. NaN and Infinity pass. */
export function faultIn(text: string): number | null {
  let at = 0
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found !== null
  }
  /** What is open: ends of objects and arrays. */
  const open: string[] = []
  /** Whether a value has to come; else a comma or an end. */
  let isValue = true
  for (;;) {
    skip(blank)
    const sign = text[at]
    if (isValue && (sign === '{' || sign === '[')) {
      open.push(sign === '{' ? '}' : ']')
      at++
      skip(blank)
      if (text[at] === open.at(-1)) {
        open.pop()
        at++
        isValue = false
      } else if (sign === '{' && !isKey()) return at
    } else if (isValue) {
      if (!skip(plain)) return at
      isValue = false
    } else if (open.length === 0) return at < text.length ? at : null
    else if (sign === ',') {
      at++
      isValue = true
      if (open.at(-1) === '}' && !isKey()) return at
    } else if (sign === open.at(-1)) {
      open.pop()
      at++
    } else return at
  }

  function isKey(): boolean {
    skip(blank)
    if (text[at] !== '"' || !skip(plain)) return false
    skip(blank)
    if (text[at] !== ':') return false
    at++
    return true
  }
}
