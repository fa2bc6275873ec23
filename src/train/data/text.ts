/** Text for models that tell the next character or byte. */
import { inert, plural, UsageError } from '../../core/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import type { Batch, Dataset } from '../types.js'

/** Characters (code points) or bytes, by number. */
export interface Vocabulary {
  readonly kind: 'characters' | 'bytes'
  /** The token of each number; for bytes their values in hexadecimal. */
  readonly tokens: readonly string[]
  /** Throws UsageError for a character that it does not have. */
  encode(text: string): Int32Array
  decode(numbers: ArrayLike<number>): string
}

/** The vocabulary of a text: its characters in order, or all 256 bytes. Make it from the training part alone. */
export function vocabulary(text: string, kind: 'characters' | 'bytes' = 'characters'): Vocabulary {
  if (kind === 'bytes') return byteVocabulary
  return characterVocabulary([...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!))
}

/** A vocabulary of characters, by their numbers. */
export function characterVocabulary(tokens: readonly string[]): Vocabulary {
  const places = new Map(tokens.map((token, i) => [token, i]))
  return {
    kind: 'characters',
    tokens,
    encode(text) {
      const out = new Int32Array(text.length)
      let n = 0
      for (const character of text) {
        const place = places.get(character)
        if (place === undefined)
          throw new UsageError(
            `vocabulary: character '${inert(character)}' (number ${n} of the text) is not among its ${tokens.length}. Try a vocabulary of bytes, which has all.`,
          )
        out[n++] = place
      }
      return out.slice(0, n)
    },
    decode: (numbers) => Array.from(numbers, (i) => tokens[i] ?? '\ufffd').join(''),
  }
}

const byteVocabulary: Vocabulary = {
  kind: 'bytes',
  tokens: Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')),
  encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
  decode: (numbers) => new TextDecoder().decode(Uint8Array.from(numbers)),
}

export interface TextOptions {
  /** Tokens of a window; 64 by default. */
  window?: number
  /** Tokens from one window's start to the next's; `window` by default, so that they do not overlap. */
  stride?: number
}

/**
 * Windows of a text: inputs i32 [window], targets the tokens that follow each, i32 [window].
 *
 * Throws UsageError where the text is shorter than one window and the token after it.
 *
 * @example
 * const words = vocabulary(trainText)
 * const train = new TextDataset(words.encode(trainText), words, { window: 64 })
 */
export class TextDataset implements Dataset {
  readonly length: number
  readonly inputShape: readonly number[]
  readonly targetShape: readonly number[]
  readonly classes: readonly string[]
  readonly window: number
  readonly #stride: number

  constructor(
    readonly tokens: Int32Array,
    readonly vocabulary: Vocabulary,
    options: TextOptions = {},
  ) {
    const { window = 64, stride = window } = options
    for (const [name, value] of [['window', window], ['stride', stride]] as const) // biome-ignore format: one line
      if (!Number.isInteger(value) || value < 1)
        throw new UsageError(`TextDataset: ${name} = ${value}; expected a whole number of at least 1.`)
    if (tokens.length < window + 1)
      throw new UsageError(
        `TextDataset: the text has ${plural(tokens.length, 'token')}; a window of ${window} takes ${window + 1}.`,
      )
    this.length = Math.floor((tokens.length - window - 1) / stride) + 1
    this.inputShape = this.targetShape = [window]
    this.classes = vocabulary.tokens
    this.window = window
    this.#stride = stride
  }

  batch(indices: Int32Array): Batch {
    return tidy(() => {
      const { window, tokens } = this
      const input = empty('i32', [indices.length, window])
      const target = empty('i32', [indices.length, window])
      const [into, next] = [view(input), view(target)]
      for (const [row, index] of indices.entries()) {
        const from = index * this.#stride
        into.set(tokens.subarray(from, from + window), row * window)
        next.set(tokens.subarray(from + 1, from + window + 1), row * window)
      }
      return { input, target }
    })
  }

  labels(): null {
    return null
  }
}
