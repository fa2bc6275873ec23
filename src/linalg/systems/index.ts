export { chooseMethods, type SystemMethod } from './choose.js'
export { directLimit, type MatrixFacts } from './examine.js'
export { type SystemOptions, type SystemReport, solveSystem, systemMethods } from './solve.js'
