/** Texts as words. */
import { UsageError } from '../../core/index.js'

/** One text, several, or texts that are words already. Windows do not reach from one text into the next. */
export type Corpus = string | readonly string[] | readonly (readonly string[])[]

export interface TokenOptions {
  /** Words in lower case, by Unicode's rules without a locale (true). */
  lowercase?: boolean
  /** What a word is. Letters, marks and digits of any script, with apostrophes, hyphens and joiners inside, unless given. */
  pattern?: RegExp
}

/** Letters, marks and digits; apostrophes, hyphens and joiners (of Persian and Indic words) between them: don't, vice-versa. */
export const wordPattern = /[\p{L}\p{M}\p{N}]+(?:['’\-‐\u200c\u200d][\p{L}\p{M}\p{N}]+)*/gu

/** A hint where a word may be broken, which is no part of it. */
const softHyphens = /\u00ad/g

/**
 * The words of a text, in order. Text is brought to Unicode's composed form (NFC) first and loses its soft hyphens, so that one word is not two.
 * Throws UsageError for what is no string.
 *
 * @example
 * tokenize('Don’t panic: ÉTÉ 42') // ['don’t', 'panic', 'été', '42']
 */
export function tokenize(text: string, options: TokenOptions = {}): string[] {
  if (typeof text !== 'string') throw new UsageError(`tokenize: got ${typeof text}; expected a string.`)
  const { lowercase = true, pattern = wordPattern } = options
  const composed = text.normalize('NFC').replace(softHyphens, '')
  const flags = pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`
  return (lowercase ? composed.toLowerCase() : composed).match(new RegExp(pattern.source, flags)) ?? []
}

/** Each text's words; lists of words are taken as they are. */
export function documentsOf(corpus: Corpus, options: TokenOptions): readonly (readonly string[])[] {
  if (typeof corpus === 'string') return [tokenize(corpus, options)]
  if (!Array.isArray(corpus))
    throw new UsageError(
      `embeddings: got ${typeof corpus}; expected a text, a list of texts, or a list of lists of words.`,
    )
  return corpus.map((text: string | readonly string[]) => (typeof text === 'string' ? tokenize(text, options) : text))
}
