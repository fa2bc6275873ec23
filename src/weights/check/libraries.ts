/** What reads and checks rule files. A module of its own, loaded with the first file: named imports survive a bundler where those of `import('yaml')` do not. */
export { Ajv } from 'ajv'
export { isMap, LineCounter, parseDocument, visit } from 'yaml'
