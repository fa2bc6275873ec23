/** `normball/factor` on Node: the same, with the system's linear algebra, and estimators as files. */
import '../tensor/index.node.js'

export { encodeEstimator, type LoadedEstimator, loadEstimator, type SavedWith, saveEstimator } from './files.node.js'
export * from './index.js'
