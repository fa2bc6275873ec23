/** How the elements of a tensor fall into groups: rows, columns, channels, heads, slices along axes, or lists of places. */
import { showShape, UsageError } from '../core/index.js'
import { concat, contiguous, indexSelect, permute, reshape, type Tensor, tensor, zeros } from '../tensor/index.js'
import { checkAxes, checkAxis, checkOptions, count } from '../tensor/internal.js'

/**
 * - `rows`, `channels` (of a convolution's outputs): each place along axis 0 is a group, of all that lies there.
 * - `columns`: each place of all axes but the first is a group, of the elements along axis 0.
 * - `inChannels`: each place along axis 1 is a group.
 * - `{ axis }`: the axes within a group, as NumPy's and `l2.value(x, { axis })`: each place on the others is a group.
 * - `{ heads, axis }`: as many groups of neighbours along an axis (0 by default), of all that lies there.
 * - lists of places, row-major in the flattened tensor: every place in one list, and in one only.
 */
export type Groups =
  | 'rows'
  | 'columns'
  | 'channels'
  | 'inChannels'
  | { readonly axis: number | readonly number[] }
  | { readonly heads: number; readonly axis?: number }
  | readonly (readonly number[])[]

/** Tensors [count, ...shape] as groups, and back. */
export interface Grouping {
  /** How many groups. */
  readonly groups: number
  /** The shape of one of them. */
  readonly dims: readonly number[]
  /** [count, ...shape] -> [count * groups, ...dims]. Differentiable. */
  take(X: Tensor): Tensor
  /** [count * groups, ...dims] -> [count, ...shape]. */
  back(T: Tensor): Tensor
}

/** The groups of tensors [count, ...shape]; `op` begins the messages of UsageErrors where they do not fit the shape. */
export type Plan = (op: string, shape: readonly number[]) => Grouping

/** What can be told, and made ready, before there is a tensor. Throws UsageError for groups that are none, or overlap. */
export function planOf(groups: Groups): Plan {
  if (Array.isArray(groups)) return planLists(groups as readonly (readonly number[])[])
  if (typeof groups === 'string') return planNamed(groups)
  const { heads: many, axis } = groups as { readonly heads?: number; readonly axis?: number | readonly number[] }
  checkOptions('group', groups as object, ['heads', 'axis'])
  if (many === undefined) {
    if (axis === undefined) throw new UsageError('group: groups {} name no axis; expected { axis } or { heads }.')
    return (op, shape) => planAxes(op, axis, shape)
  }
  if (!Number.isSafeInteger(many) || many < 1)
    throw new UsageError(`group: heads ${many}; expected a whole number from 1 on.`)
  return (op, shape) => heads(op, many, (axis as number | undefined) ?? 0, shape)
}

function planNamed(name: string): Plan {
  switch (name) {
    case 'rows':
    case 'channels':
      return (_, shape) => slices(shape.length === 0 ? [1] : shape, [0], shape)
    case 'columns':
      return (_, shape) => columns(shape)
    case 'inChannels':
      return (op, shape) => slices(shape, [checkAxis(op, 1, shape)], shape)
    default:
      throw new UsageError(
        `group: groups '${name}'; expected rows, columns, channels, inChannels, { axis }, { heads } or lists of places.`,
      )
  }
}

/** A group for each place on the axes that are not within one. */
function planAxes(op: string, axis: number | readonly number[], shape: readonly number[]): Grouping {
  const within = checkAxes(op, axis, shape)
  const across = shape.map((_, at) => at).filter((at) => !within.includes(at))
  return slices(shape, across, shape)
}

/** As `parseNorm` reads it in a norm's name; nothing for rows. */
export function showGroups(groups: Groups): string {
  if (groups === 'rows') return ''
  if (typeof groups === 'string') return `, ${groups}`
  if (Array.isArray(groups)) return `, ${groups.length} lists of places`
  const { heads, axis } = groups as { readonly heads?: number; readonly axis?: number | readonly number[] }
  const axes = axis === undefined ? [] : [axis].flat()
  return heads === undefined ? `, axis(${axes.join(', ')})` : `, heads(${[heads, ...axes].join(', ')})`
}

/** A group for each place on the axes `across` of tensors seen as [count, ...seen], which are [count, ...shape]. */
function slices(seen: readonly number[], across: readonly number[], shape: readonly number[]): Grouping {
  const order = [...across, ...seen.map((_, at) => at).filter((at) => !across.includes(at))]
  const sizes = order.map((at) => seen[at]!)
  const groups = count(sizes.slice(0, across.length))
  const dims = sizes.slice(across.length)
  const there = [0, ...order.map((at) => at + 1)]
  const again = there.map((_, at) => there.indexOf(at))
  const isInOrder = order.every((at, i) => at === i)
  return {
    groups,
    dims,
    take(X) {
      const whole = reshape(X, [X.shape[0]!, ...seen])
      return reshape(isInOrder ? whole : contiguous(permute(whole, there)), [X.shape[0]! * groups, ...dims])
    },
    back(T) {
      const many = groups === 0 ? 0 : T.shape[0]! / groups
      const whole = reshape(T, [many, ...sizes])
      return reshape(isInOrder ? whole : contiguous(permute(whole, again)), [many, ...shape])
    },
  }
}

/** [shape[0], rest], by its columns. */
function columns(shape: readonly number[]): Grouping {
  const [first, ...rest] = shape.length === 0 ? [1] : shape
  return slices([first!, count(rest)], [1], shape)
}

function heads(op: string, many: number, axis: number, shape: readonly number[]): Grouping {
  const at = checkAxis(op, axis, shape)
  const size = shape[at]!
  if (size % many !== 0)
    throw new UsageError(`${op}: axis ${at} of shape ${showShape(shape)} does not divide into ${many} heads.`)
  return slices(shape.toSpliced(at, 1, many, size / many), [at], shape)
}

/** The group of each of so many places in all, from 0 on. Throws UsageError unless every place is in one group. */
function ownersOf(lists: readonly (readonly number[])[]): Int32Array {
  const wrong = lists.findIndex((list) => !Array.isArray(list))
  if (wrong >= 0)
    throw new UsageError(
      `group: group ${wrong} is ${String(lists[wrong])}; expected a list of places. For axes try { axis }.`,
    )
  const total = lists.reduce((sum, list) => sum + list.length, 0)
  const owners = new Int32Array(total).fill(-1)
  for (const [i, list] of lists.entries())
    for (const place of list) {
      if (!Number.isSafeInteger(place) || place < 0 || place >= total)
        throw new UsageError(
          `group: place ${place} in group ${i}, of ${total} places in all; expected every place from 0 to ${total - 1} once.`,
        )
      const other = owners[place]!
      if (other >= 0)
        throw new UsageError(
          other === i
            ? `group: place ${place} is twice in group ${i}; expected every place once.`
            : `group: groups ${other} and ${i} overlap at place ${place}; expected every place in one group.`,
        )
      owners[place] = i
    }
  return owners
}

/** Lists of places, filled up with zeros to the longest, which changes no norm. */
function planLists(lists: readonly (readonly number[])[]): Plan {
  const n = ownersOf(lists).length
  const [groups, longest] = [lists.length, lists.reduce((most, list) => Math.max(most, list.length), 0)]
  const places = new Int32Array(groups * longest).fill(n)
  const inverse = new Int32Array(n)
  for (const [i, list] of lists.entries())
    for (const [j, place] of list.entries()) {
      places[i * longest + j] = place
      inverse[place] = i * longest + j
    }
  return (op, shape) => {
    if (count(shape) !== n)
      throw new UsageError(
        `${op}: groups of ${n} places for elements ${showShape(shape)}; expected as many as elements.`,
      )
    return {
      groups,
      dims: [longest],
      take(X) {
        const [many, { dtype }] = [X.shape[0]!, X]
        const filled = concat([reshape(X, [many, n]), zeros([many, 1], { dtype })], 1)
        return reshape(indexSelect(filled, tensor(places), 1), [many * groups, longest])
      },
      back(T) {
        const many = groups === 0 ? 0 : T.shape[0]! / groups
        return reshape(indexSelect(reshape(T, [many, places.length]), tensor(inverse), 1), [many, ...shape])
      },
    }
  }
}
