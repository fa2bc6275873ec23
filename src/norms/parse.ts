/** Norms by their names, as the command line takes them: `l2`, `lp(0.5)`, `kyFan(3)`, `group(l2, l1, columns)`. */
import { closest, inert, UsageError } from '../core/index.js'
import { group, infNorm, oneNorm } from './group.js'
import type { Groups } from './groups.js'
import { lp } from './lp.js'
import { frobenius, kyFan, nuclear, rank, schatten, spectral } from './matrices.js'
import type { Norm, Regularizer } from './norm.js'
import { elasticNet, squared, sumOfPowers } from './penalties.js'
import { isNorm } from './regularizer.js'
import { l0, l1, l2, linf } from './vectors.js'

/** One name with its arguments; a number is a name too. */
interface Term {
  readonly name: string
  readonly args: readonly Term[] | null
}

/** How a name is written, and what it makes of its arguments. */
interface Entry {
  readonly written: string
  make(args: readonly Term[]): Regularizer
}

const plain = (object: Regularizer): Entry => ({ written: object.name, make: () => object })

/** All that can be written, in the order that messages list it. */
const entries: readonly Entry[] = [
  plain(l0),
  plain(l1),
  plain(l2),
  plain(linf),
  { written: 'lp(P)', make: ([p]) => lp(numberOf(p!)) },
  plain(frobenius),
  plain(spectral),
  plain(nuclear),
  { written: 'kyFan(K)', make: ([k]) => kyFan(numberOf(k!)) },
  { written: 'schatten(P)', make: ([p]) => schatten(numberOf(p!)) },
  plain(rank),
  plain(oneNorm),
  plain(infNorm),
  { written: 'group(INNER, OUTER, GROUPS?)', make: ([inner, outer, groups]) => groupOf(inner!, outer!, groups) },
  { written: 'elasticNet(L1, L2)', make: ([a, b]) => elasticNet({ l1: numberOf(a!), l2: numberOf(b!) }) },
  { written: 'sumOfPowers(P)', make: ([p]) => sumOfPowers(numberOf(p!)) },
  { written: 'dual(NORM)', make: ([norm]) => normOf(norm!).dual },
  { written: 'squared(NORM)', make: ([norm]) => squared(normOf(norm!)) },
]

const nameOf = ({ written }: Entry): string => written.split('(')[0]!

/** The arguments an entry takes: a name with `?` may be left out. */
const parameters = ({ written }: Entry): string[] =>
  written.includes('(') ? written.slice(written.indexOf('(') + 1, -1).split(', ') : []

/** What `parseNorm` knows, as it is written. */
export const normNames: readonly string[] = entries.map(({ written }) => written)

/**
 * The norm or regularizer that a text names. Spaces do not count; names are those of the package, capitals as they are. Throws UsageError that lists
 * what there is.
 *
 * @example
 * parseNorm('group(l2, l1)').name // 'group(l2, l1)'
 */
export function parseNorm(text: string): Regularizer {
  const term = read(text)
  return make(term)
}

function make({ name, args }: Term): Regularizer {
  const entry = entries.find((one) => nameOf(one) === name)
  if (entry === undefined) throw unknown(name)
  const names = parameters(entry)
  const least = names.filter((one) => !one.endsWith('?')).length
  const given = args ?? []
  if (given.length < least || given.length > names.length)
    throw new UsageError(
      `norm: ${name} with ${given.length} arguments; expected ${entry.written}${names.length > least ? ', where ? may be left out' : ''}.`,
    )
  return entry.make(given)
}

function unknown(name: string): UsageError {
  const near = closest(name, entries.map(nameOf))[0]
  return new UsageError(
    `norm: ${JSON.stringify(inert(name))} is not known; expected ${normNames.join(', ')}.${near === undefined ? '' : ` Try ${near}.`}`,
  )
}

function numberOf(term: Term): number {
  const value = term.name === 'Infinity' || term.name === 'inf' ? Infinity : Number(term.name)
  if (term.args !== null || Number.isNaN(value))
    throw new UsageError(`norm: ${JSON.stringify(inert(show(term)))} stands where a number is expected.`)
  return value
}

function normOf(term: Term): Norm {
  const found = make(term)
  if (!isNorm(found)) throw new UsageError(`norm: ${found.name} is no norm; expected one, such as l2.`)
  return found
}

/** `rows`, `columns`, `channels`, `inChannels`, `heads(N, AXIS?)`, or `axis(A, ...)`, the axes within a group. */
function groupOf(inner: Term, outer: Term, groups: Term | undefined): Regularizer {
  const [a, b] = [make(inner), make(outer)]
  if (groups === undefined) return group(a, b)
  const [first, second, ...more] = groups.args?.map(numberOf) ?? []
  if (groups.name === 'axis' && first !== undefined) return group(a, b, { axis: groups.args!.map(numberOf) })
  if (groups.name === 'heads' && first !== undefined && more.length === 0)
    return group(a, b, { heads: first, ...(second !== undefined && { axis: second }) })
  return group(a, b, show(groups) as Groups)
}

const show = ({ name, args }: Term): string => (args === null ? name : `${name}(${args.map(show).join(', ')})`)

/** Reads `name`, or `name(term, ...)`. */
function read(text: string): Term {
  const tokens = text.match(/[^\s(),]+|[(),]/g) ?? []
  let at = 0
  const bad = (): UsageError =>
    new UsageError(
      `norm: ${JSON.stringify(inert(text))} cannot be read${at < tokens.length ? ` at ${JSON.stringify(inert(tokens[at]!))}` : ', it ends too early'}; expected a name such as l2, or lp(3).`,
    )
  const term = (depth: number): Term => {
    const name = tokens[at]
    if (name === undefined || /^[(),]$/.test(name) || depth > 16) throw bad()
    at++
    if (tokens[at] !== '(') return { name, args: null }
    const args: Term[] = []
    do {
      at++
      args.push(term(depth + 1))
    } while (tokens[at] === ',')
    if (tokens[at] !== ')') throw bad()
    at++
    return { name, args }
  }
  const whole = term(0)
  if (at < tokens.length) throw bad()
  return whole
}
