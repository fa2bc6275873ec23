/** Sets of shards: several files that hold one model, with or without an index. */
export { openSet, type ReadShard, shardPlace } from './shards.js'
export { indexShards, looksLikeIndex, openIndex } from './weightMap.js'
