/** The configuration that a path names: JSON or YAML, or TypeScript and JavaScript whose default export it is. */
import { readFile, stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inert, NormballError, SystemError, UsageError } from '../../core/index.js'
import { refusal } from '../../system/index.node.js'
import type { GivenConfig } from './parse.js'
import type { TrainConfig } from './types.js'

/** No configuration is larger; the reader itself allows a quarter. */
const mostBytes = 4 << 20
const programs = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/**
 * Reads a configuration. A TypeScript or JavaScript file is a program of the person's own and is run: its default export is the configuration, or
 * a function that gives it.
 *
 * @throws SystemError where the file cannot be read, UsageError for what is no text and for programs that fail
 */
export async function readConfig(path: string): Promise<GivenConfig & { readonly name: string }> {
  if (programs.includes(extname(path).toLowerCase())) return { object: await runProgram(path), name: path }
  return { text: await readTextFile(path), name: path }
}

async function readTextFile(path: string): Promise<string> {
  try {
    const about = await stat(path)
    if (about.isDirectory()) throw new UsageError(`'${inert(path)}' is a folder; expected a configuration.`)
    if (about.size > mostBytes)
      throw new UsageError(`'${inert(path)}' has ${about.size} bytes, too many for a configuration.`, {}, 'bad-config')
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (error) {
    if (error instanceof NormballError) throw error
    if (error instanceof TypeError)
      throw new UsageError(`'${inert(path)}' is not UTF-8 text; expected YAML or JSON.`, { file: path }, 'bad-config')
    throw new SystemError('cannot-read', `cannot read '${inert(path)}': ${refusal(error)}.`, {
      file: path,
      cause: error,
    })
  }
}

async function runProgram(path: string): Promise<unknown> {
  try {
    await stat(path)
  } catch (error) {
    throw new SystemError('cannot-read', `cannot read '${inert(path)}': ${refusal(error)}.`, {
      file: path,
      cause: error,
    })
  }
  try {
    const { createJiti } = await import('./jiti.node.js')
    const jiti = createJiti(pathToFileURL(resolve('.')).href, { interopDefault: false })
    const module = (await jiti.import(resolve(path))) as { default?: unknown }
    const given = module.default
    return typeof given === 'function' ? ((await given()) as unknown) : given
  } catch (error) {
    if (error instanceof NormballError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `'${inert(path)}' does not run: ${inert(why, 300)}`,
      { file: path, cause: error },
      'bad-config',
    )
  }
}

/** For programs: gives the configuration back, with its type. */
export const defineConfig = (config: TrainConfig): TrainConfig => config
