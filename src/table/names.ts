/** Names of columns. */
import { inert } from '../core/index.js'

/** Names that are told apart: what is there twice gets a number, what is empty its place. */
export function named(given: readonly string[], note: (text: string) => void): string[] {
  const taken = new Set(given)
  const places = new Map<string, number>()
  return given.map((base, i) => {
    if (base === '') return free(`column${i + 1}`, 2, taken)
    const before = places.get(base)
    if (before === undefined) {
      places.set(base, i)
      return base
    }
    const name = free(`${base}.2`, 3, taken, base)
    note(`columns ${before + 1} and ${i + 1} have the same name '${inert(base, 60)}' (duplicate); the latter is called '${inert(name, 60)}'.`) // biome-ignore format: one line
    return name
  })
}

/** A name that is not taken yet, and is now. */
function free(wanted: string, next: number, taken: Set<string>, base = wanted): string {
  let name = wanted
  for (let n = next; taken.has(name); n++) name = `${base}.${n}`
  taken.add(name)
  return name
}
