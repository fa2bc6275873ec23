/** What `normball factor --json` prints: types alone, for the views too. */
import type { PictureFigures } from '../picture.js'
import type { FactorTableReport } from '../table/types.js'
import type { InteractionFigures, RatingFigures } from './ratings.js'

/** What `--json` prints, besides an error. */
export interface FactorReport extends FactorTableReport {
  readonly normball: string
  readonly command: 'factor'
  readonly backend: unknown
  readonly path: string
  readonly with: string | null
  /** The model that was applied; null where one was fitted. */
  readonly model: string | null
  readonly saved: string | null
  /** Of `als`. */
  readonly ratings: RatingFigures | null
  /** Of `implicit-als`. */
  readonly interactions: InteractionFigures | null
  /** Of `embeddings`. */
  readonly words: WordFigures | null
  /** Of `topics`. */
  readonly topics: TopicFigures | null
  readonly seconds: number
}

export interface PictureReport extends PictureFigures {
  readonly normball: string
  readonly command: 'factor'
  readonly backend: unknown
  readonly path: string
  /** The compressed picture. */
  readonly output: string
  /** Of the files: PNG packs both, so that these say little of the numbers that are kept. */
  readonly bytes: { readonly input: number; readonly output: number }
  readonly seconds: number
}

export interface WordFigures {
  readonly words: number
  /** Of a text that saved vectors are applied to: the share of its words that they know. */
  readonly known?: number
  /** Nearest of the words that were asked for, or of the most frequent long ones. */
  readonly nearest: readonly {
    readonly word: string
    readonly neighbours: readonly { readonly word: string; readonly similarity: number }[]
  }[]
}

export interface TopicFigures {
  readonly documents: number
  readonly terms: number
  readonly topics: readonly {
    readonly words: readonly { readonly word: string; readonly weight: number }[]
    /** Of a text that a saved model is applied to: documents in which it has the largest part. */
    readonly leads?: number
  }[]
}
