/** What folders above need of tables. Entered as an index is, but not public. */
export { largestMatrix, type MatrixEffect, matrixEffect } from './effect.js'
export { cellText, findColumn, listNames } from './find.js'
export { promisedFormat } from './format.js'
export { type Moments, momentsOf, quantilesOf } from './moments.js'
export type { TableFormat } from './options.js'
export { decodePicture, type Picture } from './picture.js'
export { formatFor, readTable } from './read.js'
export type { Column, Table } from './types.js'
