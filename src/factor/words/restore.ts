/** Saved word vectors and topics, made again. */
import { FormatError, inert } from '../../core/index.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import { GloVe, type GloVeOptions } from './glove.js'
import { PPMI, type PPMIOptions } from './ppmi.js'
import { SkipGram, type SkipGramOptions } from './skipGram.js'
import { Topics, type TopicsOptions } from './topics.js'
import type { WordVectorsJson } from './vectors.js'

/** Options as they were saved: a pattern is a word there, and patterns from files are not run. */
function optionsOf<T>(json: EstimatorJson): T {
  const { pattern: _, ...options } = json.options
  return options as T
}

export const restoreEmbeddings: Restore = (json, state) => {
  const { kind } = json as WordVectorsJson
  if (kind === 'ppmi') return new PPMI(optionsOf<PPMIOptions>(json)).restore(json, state)
  if (kind === 'skip-gram') return new SkipGram(optionsOf<SkipGramOptions>(json)).restore(json, state)
  if (kind === 'glove') return new GloVe(optionsOf<GloVeOptions>(json)).restore(json, state)
  throw new FormatError(
    'bad-estimator',
    `embeddings: the saved kind is '${inert(String(kind))}'; expected ppmi, skip-gram or glove.`,
  )
}

export const restoreTopics: Restore = (json, state) => new Topics(optionsOf<TopicsOptions>(json)).restore(json, state)
