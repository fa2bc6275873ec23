/** Profiles of tables. */
export { type ColumnJson, ColumnProfile } from './column.js'
export { type CompareProfilesOptions, compareProfiles } from './compare.js'
export type { ProfileJson } from './json.js'
export type { MomentsJson } from './moments.js'
export { Profile, type ProfileOptions } from './profile.js'
export { QuantileSketch, type SketchJson, type Weighted } from './sketch.js'
export { WordCounts, type WordsJson } from './words.js'
