/** What reads and checks documents. A module of its own, loaded with the first text: named imports survive a bundler where those of `import('yaml')` do not. */
export { Ajv } from 'ajv'
export { isMap, LineCounter, parseDocument, visit } from 'yaml'
