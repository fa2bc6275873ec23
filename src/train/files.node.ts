/** Reading and writing of checkpoints, loaded with the first file: it is a fifth of the modules that an import of `normball/train` would read. */
export const checkpointFiles = (): Promise<typeof import('../checkpoint/index.node.js')> =>
  import('../checkpoint/index.node.js')
