/** Single elements by chance: those with the smallest random words, so that exactly as many as asked for are drawn while elements stream by. */
import { edits, type Kernels, type Pointer } from '../../../kernels/index.js'
import { keyOf, type Stream, select } from '../selection/index.js'
import type { Chosen, EditContext, EntryRewriter, Rewrite } from '../types.js'
import { countOf } from './amount.js'
import { type Key, streamKey, wordBytes, writeWords } from './hash.js'
import { cutsOf } from './magnitude.js'
import type { Method } from './options.js'
import { countNonzero, keepAs, setsOf, showCount } from './sources.js'

type RandomMethod = Extract<Method, { kind: 'random' }>

/** Keys of elements that may be drawn lie below; see `drawKeys_f32`. */
const keyEnd = 1n << 30n
/** Words in memory at a time. */
const piece = 16_384

export async function planRandom(context: EditContext, method: RandomMethod): Promise<Map<Chosen, Rewrite>> {
  const plan = new Map<Chosen, Rewrite>()
  for (const set of setsOf(context, method.global)) {
    const total = set.reduce((sum, { entry }) => sum + entry.count, 0)
    let nonzero = total
    if (method.ofRemaining) {
      nonzero = 0
      for (const one of set) nonzero += await countNonzero(context, one)
    }
    const wanted = countOf(method.amount, nonzero)
    let pruned = 0
    const keys = set.map(({ entry }) => streamKey(method.seed, entry.name))
    const found = await select(
      set.map((one, i) => drawStream(context, one, keys[i]!, method.ofRemaining)),
      {
        kernels: context.kernels,
        type: 'f32',
        end: keyEnd,
        rank: (finite) => {
          pruned = Math.min(wanted, finite)
          return pruned
        },
      },
    )
    const cuts = found === null ? null : cutsOf(found, pruned, 'smallest')
    for (const [i, one] of set.entries()) {
      const cut = cuts?.[i]
      const last = cut === undefined ? 0 : Number(keyOf(cut.value, 'f32'))
      plan.set(
        one,
        cut === undefined || cut.pruned === 0
          ? keepAs('nothing to prune', { pruned: 0, seed: method.seed })
          : {
              kind: 'entries',
              note: `${showCount(cut.pruned)} of ${showCount(one.entry.count)} set to zero at random, seed ${method.seed}`,
              details: { pruned: cut.pruned, seed: method.seed },
              start: (kernels, type) => drawer(kernels, type, keys[i]!, method.ofRemaining, last, cut.kept),
            },
      )
    }
  }
  return plan
}

/** Calls `use` with the keys of each piece of a chunk. */
function withKeys(
  kernels: Kernels,
  type: 'f32' | 'f64',
  key: Key,
  nonzero: boolean,
  chunk: { readonly pointer: Pointer; readonly count: number; readonly at: number },
  use: (words: Pointer, x: Pointer, count: number) => void,
): void {
  const kernel = edits(kernels)
  const room = kernels.alloc(wordBytes(Math.min(piece, chunk.count)))
  try {
    for (let done = 0; done < chunk.count; done += piece) {
      const count = Math.min(piece, chunk.count - done)
      const x = chunk.pointer + done * (type === 'f32' ? 4 : 8)
      const words = writeWords(kernels, key, chunk.at + done, count, room)
      kernel[`drawKeys_${type}`](x, count, nonzero, words)
      use(words, x, count)
    }
  } finally {
    kernels.free(room)
  }
}

/** The keys of one tensor's elements, as a selection reads them. */
function drawStream(context: EditContext, one: Chosen, key: Key, nonzero: boolean): Stream {
  return {
    idleBits: 0,
    scan: (visit) =>
      context.read(one, (pointer, count, at, type) =>
        withKeys(context.kernels, type, key, nonzero, { pointer, count, at }, (words, _x, some) =>
          visit(words, some, 'f32'),
        ),
      ),
  }
}

function drawer(
  kernels: Kernels,
  type: 'f32' | 'f64',
  key: Key,
  nonzero: boolean,
  cut: number,
  kept: number,
): EntryRewriter {
  const kernel = edits(kernels)
  let left = kept
  return {
    update: (pointer, count, at) =>
      withKeys(kernels, type, key, nonzero, { pointer, count, at }, (words, x, some) => {
        left -= kernel[`zeroDrawn_${type}`](x, words, some, cut, Math.min(left, some))
      }),
  }
}
