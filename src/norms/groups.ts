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

/** What can be told before there is a tensor. Throws UsageError for groups that are none, or overlap. */
export function checkGroups(groups: Groups): void {
  if (typeof groups === 'string') {
    if (!names.includes(groups))
      throw new UsageError(
        `group: groups '${groups}'; expected ${names.join(', ')}, { axis }, { heads } or lists of places.`,
      )
  } else if (Array.isArray(groups)) checkLists(groups as readonly (readonly number[])[])
  else if ('heads' in groups) {
    checkOptions('group', groups, ['heads', 'axis'])
    if (!Number.isSafeInteger(groups.heads) || groups.heads < 1)
      throw new UsageError(`group: heads ${groups.heads}; expected a whole number from 1 on.`)
  } else {
    checkOptions('group', groups, ['axis'])
    if (!('axis' in groups)) throw new UsageError('group: groups {} name no axis; expected { axis } or { heads }.')
  }
}

const names: readonly string[] = ['rows', 'columns', 'channels', 'inChannels']

/** As `parseNorm` reads it in a norm's name; nothing for rows. */
export function showGroups(groups: Groups): string {
  if (groups === 'rows') return ''
  if (typeof groups === 'string') return `, ${groups}`
  if (Array.isArray(groups)) return `, ${groups.length} lists of places`
  const { heads, axis } = groups as { readonly heads?: number; readonly axis?: number | readonly number[] }
  const axes = axis === undefined ? [] : [axis].flat()
  return heads === undefined ? `, axis(${axes.join(', ')})` : `, heads(${[heads, ...axes].join(', ')})`
}

/** The groups of tensors [count, ...shape]. Throws UsageError where they do not fit the shape. */
export function groupingOf(op: string, groups: Groups, shape: readonly number[]): Grouping {
  if (groups === 'rows' || groups === 'channels') return slices(shape.length === 0 ? [1] : shape, [0], shape)
  if (groups === 'columns') return columns(shape)
  if (groups === 'inChannels') return slices(shape, [checkAxis(op, 1, shape)], shape)
  if (Array.isArray(groups)) return lists(op, groups as readonly (readonly number[])[], shape)
  if ('heads' in groups) return heads(op, groups.heads, groups.axis ?? 0, shape)
  const { axis } = groups as { readonly axis: number | readonly number[] }
  const within = checkAxes(op, axis, shape)
  return slices(
    shape,
    shape.map((_, at) => at).filter((at) => !within.includes(at)),
    shape,
  )
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

function checkLists(lists: readonly (readonly number[])[]): void {
  const owner = new Map<number, number>()
  for (const [i, list] of lists.entries()) {
    if (!Array.isArray(list))
      throw new UsageError(`group: group ${i} is ${String(list)}; expected a list of places. For axes try { axis }.`)
    for (const place of list as readonly number[]) {
      if (!Number.isSafeInteger(place) || place < 0)
        throw new UsageError(`group: place ${place} in group ${i}; expected whole numbers from 0 on.`)
      const other = owner.get(place)
      if (other !== undefined)
        throw new UsageError(
          other === i
            ? `group: place ${place} is twice in group ${i}; expected every place once.`
            : `group: groups ${other} and ${i} overlap at place ${place}; expected every place in one group.`,
        )
      owner.set(place, i)
    }
  }
}

/** Lists of places, filled up with zeros to the longest, which changes no norm. */
function lists(op: string, groups: readonly (readonly number[])[], shape: readonly number[]): Grouping {
  const n = count(shape)
  const longest = groups.reduce((most, list) => Math.max(most, list.length), 0)
  const places = new Int32Array(groups.length * longest).fill(n)
  const inverse = new Int32Array(n).fill(-1)
  for (const [i, list] of groups.entries())
    for (const [j, place] of list.entries()) {
      if (place >= n)
        throw new UsageError(
          `${op}: place ${place} in group ${i} of a tensor of ${n} elements; expected 0 to ${n - 1}.`,
        )
      places[i * longest + j] = place
      inverse[place] = i * longest + j
    }
  const missing = inverse.indexOf(-1)
  if (missing >= 0)
    throw new UsageError(`${op}: place ${missing} of ${showShape(shape)} is in no group; expected every place in one.`)
  return {
    groups: groups.length,
    dims: [longest],
    take(X) {
      const [many, { dtype }] = [X.shape[0]!, X]
      const filled = concat([reshape(X, [many, n]), zeros([many, 1], { dtype })], 1)
      return reshape(indexSelect(filled, tensor(places), 1), [many * groups.length, longest])
    },
    back(T) {
      const many = groups.length === 0 ? 0 : T.shape[0]! / groups.length
      return reshape(indexSelect(reshape(T, [many, places.length]), tensor(inverse), 1), [many, ...shape])
    },
  }
}
