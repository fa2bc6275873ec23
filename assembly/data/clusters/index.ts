/** k-means: distances, sums, bounds, starts. */
export * from './bounds'
export * from './distances'
export * from './nearest'
export * from './rows'
export * from './seeding'
