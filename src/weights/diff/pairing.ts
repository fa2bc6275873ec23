/** Which tensor of b belongs to which of a, by names: a map, equal names, common renamings, a prefix that one side has. */
import type { TensorEntry } from '../../checkpoint/index.js'
import { inert, plural, showShape, UsageError } from '../../core/index.js'
import { canonical, flattened, tails } from './names.js'
import type { PairedBy, Pairing, ShapeChange } from './types.js'

export interface Pair {
  readonly a: TensorEntry
  readonly b: TensorEntry
  readonly pairing: Pairing
}

export interface Paired {
  pairs: Pair[]
  shapeChanged: { a: TensorEntry; b: TensorEntry }[]
  /** What is in no pair, in the files' order. */
  restA: TensorEntry[]
  restB: TensorEntry[]
  warnings: string[]
}

/** A prefix counts as one when it pairs so many tensors. */
const fewestOfPrefix = 2

/** Pairs what names pair; each tensor at most once, but for those that the map names twice. */
export function pairByNames(
  a: readonly TensorEntry[],
  b: readonly TensorEntry[],
  map: Readonly<Record<string, string>> | undefined,
): Paired {
  const found = new Finder(a, b)
  if (map !== undefined) found.byMap(map)
  found.byName()
  found.byRenaming()
  found.byPrefix()
  found.byLetters()
  return found.result()
}

/** How a pair was found, with nothing known of contents. */
export function pairingOf(a: TensorEntry, b: TensorEntry, by: PairedBy, how: string): Pairing {
  return {
    name: a.name,
    nameB: b.name,
    by,
    how,
    transposed: false,
    distance: null,
    runnerUp: null,
    ambiguous: false,
  }
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

export function isTransposed(a: readonly number[], b: readonly number[]): boolean {
  return a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0]
}

class Finder {
  readonly #restA: Map<string, TensorEntry>
  readonly #restB: Map<string, TensorEntry>
  readonly #pairs: Pair[] = []
  readonly #shapes: { a: TensorEntry; b: TensorEntry }[] = []
  readonly #warnings: string[] = []

  constructor(
    private readonly a: readonly TensorEntry[],
    private readonly b: readonly TensorEntry[],
  ) {
    this.#restA = new Map(a.map((entry) => [entry.name, entry]))
    this.#restB = new Map(b.map((entry) => [entry.name, entry]))
  }

  byMap(map: Readonly<Record<string, string>>): void {
    const entries = Object.entries(map)
    const allA = new Map(this.#restA)
    const allB = new Map(this.#restB)
    const hits = (from: ReadonlyMap<string, unknown>, to: ReadonlyMap<string, unknown>): number =>
      entries.filter(([key, value]) => from.has(key) && to.has(value)).length
    const [forward, backward] = [hits(allA, allB), hits(allB, allA)]
    if (forward + backward === 0 && entries.length > 0) throw nothingMapped(entries, this.a, this.b)
    const turned = backward > forward
    const lost: string[] = []
    for (const [key, value] of entries) {
      const [nameA, nameB] = turned ? [value, key] : [key, value]
      const [a, b] = [allA.get(nameA), allB.get(nameB)]
      if (a === undefined || b === undefined) lost.push(`'${inert(key)}' to '${inert(value)}'`)
      else this.#take(a, b, 'map', turned ? 'the map, from b to a' : 'the map')
    }
    if (lost.length > 0) {
      const shown = lost.slice(0, 3).join(', ') + (lost.length > 3 ? ', ...' : '')
      this.#warnings.push(`${plural(lost.length, 'entry', 'entries')} of the map name no tensor on one side: ${shown}`)
    }
  }

  byName(): void {
    for (const a of [...this.#restA.values()]) {
      const b = this.#restB.get(a.name)
      if (b !== undefined) this.#take(a, b, 'name', 'the same name')
    }
  }

  byRenaming(): void {
    const [as, bs] = [
      unique(this.#restA, (name) => canonical(name).key),
      unique(this.#restB, (name) => canonical(name).key),
    ]
    for (const [key, a] of as) {
      const b = bs.get(key)
      if (b === undefined) continue
      const rules = [
        ...canonical(a.name).rules.map((rule) => `a: ${rule}`),
        ...canonical(b.name).rules.map((rule) => `b: ${rule}`),
      ]
      this.#take(a, b, 'renaming', rules.join(', '))
    }
  }

  /** `backbone.conv1.weight` and `conv1.weight`: the prefix of one side that pairs most of what is left. */
  byPrefix(): void {
    for (const [long, short, side] of [
      [this.#restA, this.#restB, 'a'],
      [this.#restB, this.#restA, 'b'],
    ] as const) {
      const keys = unique(short, (name) => canonical(name).key)
      const byPrefix = new Map<string, [TensorEntry, TensorEntry][]>()
      for (const entry of long.values()) {
        const { key } = canonical(entry.name)
        for (const tail of tails(key)) {
          const other = keys.get(tail)
          if (other === undefined || !sameShape(entry.shape, other.shape)) continue
          const prefix = key.slice(0, key.length - tail.length)
          const list = byPrefix.get(prefix) ?? []
          byPrefix.set(prefix, list)
          list.push([entry, other])
        }
      }
      const [prefix, list] = [...byPrefix].sort(([, one], [, other]) => other.length - one.length)[0] ?? []
      if (list === undefined || list.length < Math.max(fewestOfPrefix, Math.min(long.size, short.size) / 2)) continue
      for (const [entry, other] of list) {
        const [a, b] = side === 'a' ? [entry, other] : [other, entry]
        this.#take(a, b, 'renaming', `${side}: without '${prefix}'`)
      }
    }
  }

  /** Names whose separators differ: `layer_0_weight`, `layer.0.weight`. */
  byLetters(): void {
    const letters = (name: string): string => flattened(canonical(name).key)
    const [as, bs] = [unique(this.#restA, letters), unique(this.#restB, letters)]
    for (const [key, a] of as) {
      const b = bs.get(key)
      if (b !== undefined && sameShape(a.shape, b.shape)) this.#take(a, b, 'renaming', 'the same letters and digits')
    }
  }

  result(): Paired {
    const order = new Map(this.a.map((entry, at) => [entry, at]))
    return {
      pairs: this.#pairs.sort((one, other) => order.get(one.a)! - order.get(other.a)!),
      shapeChanged: this.#shapes,
      restA: [...this.#restA.values()],
      restB: [...this.#restB.values()],
      warnings: this.#warnings,
    }
  }

  #take(a: TensorEntry, b: TensorEntry, by: PairedBy, how: string): void {
    this.#restA.delete(a.name)
    this.#restB.delete(b.name)
    if (sameShape(a.shape, b.shape)) this.#pairs.push({ a, b, pairing: pairingOf(a, b, by, how) })
    else this.#shapes.push({ a, b })
  }
}

/** Entries by key, without those whose key is not theirs alone. */
function unique(entries: ReadonlyMap<string, TensorEntry>, keyOf: (name: string) => string): Map<string, TensorEntry> {
  const found = new Map<string, TensorEntry | null>()
  for (const entry of entries.values()) {
    const key = keyOf(entry.name)
    found.set(key, found.has(key) ? null : entry)
  }
  return new Map([...found].filter((pair): pair is [string, TensorEntry] => pair[1] !== null))
}

function nothingMapped(
  entries: readonly [string, string][],
  a: readonly TensorEntry[],
  b: readonly TensorEntry[],
): UsageError {
  const [key, value] = entries[0]!
  const example = (side: readonly TensorEntry[]): string => (side[0] ? `'${inert(side[0].name)}'` : 'nothing')
  return new UsageError(
    `--map: none of its ${plural(entries.length, 'entry', 'entries')} names a tensor of a and one of b; the first is '${inert(key)}' to '${inert(value)}', a begins with ${example(a)} and b with ${example(b)}.`,
  )
}

/** What two shapes under one name have in common. */
export function shapeChange({ a, b }: { a: TensorEntry; b: TensorEntry }): ShapeChange {
  const hint = (): string | null => {
    if (isTransposed(a.shape, b.shape)) return 'b may be the transpose; --match shape tries it'
    if (a.count !== b.count) return null
    const [one, other] = [a, b].map(({ shape }) => shape.filter((size) => size !== 1))
    if (sameShape(one!, other!)) return 'the same but for axes of length 1'
    return `as many elements in another shape, ${showShape(a.shape)} and ${showShape(b.shape)}`
  }
  return { name: a.name, nameB: b.name, shapeA: [...a.shape], shapeB: [...b.shape], hint: hint() }
}
