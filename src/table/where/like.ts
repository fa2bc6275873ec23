/** Patterns of `like`, as in SQL: % stands for any characters, _ for one; behind a backslash both are themselves. */

const anyRun = Symbol('%')
const anyOne = Symbol('_')
type Item = string | typeof anyRun | typeof anyOne

/**
 * Whether the whole word fits the pattern; letters count with their case. At most as many steps as the lengths' product: no pattern is slower, as a
 * regular expression may be.
 */
export function likeMatcher(pattern: string): (word: string) => boolean {
  const items = itemsOf(pattern)
  return (word) => matches(items, [...word])
}

function itemsOf(pattern: string): Item[] {
  const items: Item[] = []
  let isEscaped = false
  for (const character of pattern) {
    if (!isEscaped && character === '\\') {
      isEscaped = true
      continue
    }
    items.push(isEscaped ? character : character === '%' ? anyRun : character === '_' ? anyOne : character)
    isEscaped = false
  }
  if (isEscaped) items.push('\\')
  return items
}

/** Goes on from the last run where the rest does not fit: an earlier one could do no better. */
function matches(items: readonly Item[], word: readonly string[]): boolean {
  let [at, place] = [0, 0]
  let [run, from] = [-1, 0]
  while (place < word.length) {
    const item = items[at]
    if (item === anyRun) {
      run = at++
      from = place
    } else if (item === anyOne || (item !== undefined && item === word[place])) {
      at++
      place++
    } else if (run >= 0) {
      at = run + 1
      place = ++from
    } else return false
  }
  while (items[at] === anyRun) at++
  return at === items.length
}
