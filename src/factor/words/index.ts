/** Words and documents. */
export { cooccurrences, type WindowOptions } from './cooccurrences.js'
export { type DocumentTerms, documentTerms, type TermOptions, type Terms } from './documents.js'
export { GloVe, type GloVeOptions } from './glove.js'
export { PPMI, type PPMIOptions, type PpmiOptions, ppmi } from './ppmi.js'
export { restoreEmbeddings, restoreTopics } from './restore.js'
export { SkipGram, type SkipGramOptions } from './skipGram.js'
export { type Corpus, type TokenOptions, tokenize } from './tokens.js'
export { type Documents, Topics, type TopicsJson, type TopicsOptions } from './topics.js'
export {
  type AnalogyOptions,
  type Neighbour,
  type TextOptions,
  WordVectors,
  type WordVectorsJson,
} from './vectors.js'
export { encodeWords, type Vocabulary, type VocabularyOptions, vocabularyOf } from './vocabulary.js'
