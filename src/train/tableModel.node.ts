/** Networks that were trained on tables, loaded again to be asked about other tables: what a run leaves beside its weights, and what it says of rows. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { load } from '../checkpoint/index.node.js'
import { FormatError, inert, NormballError, SystemError, UsageError, withPlace } from '../core/index.js'
import type { Module } from '../nn/index.js'
import { refusal, writeFileAtomically } from '../system/index.node.js'
import { listNames, type Table } from '../table/internal.js'
import { noGrad, softmax, zeros } from '../tensor/index.js'
import { tidy, withGenerator } from '../tensor/internal.js'
import { readConfig } from './config/config.node.js'
import { buildModel } from './config/model/model.js'
import { requireTrainConfig } from './config/parse.js'
import type { TrainConfig } from './config/types.js'
import { Normalization, type NormalizationJson } from './data/normalize.js'
import { type EncodedColumn, type TableEncoding, tableDataset } from './data/tableDataset.js'
import { generatorFor } from './seeds.js'

/** Beside `config.json` and `model.safetensors`: how tables become inputs. */
const file = 'encoding.json'
/** No honest file of that name is larger. */
const mostBytes = 64 << 20

/** Keeps how the run's tables became inputs, so that others can. */
export function writePreparation(
  folder: string,
  encoding: TableEncoding,
  normalization: NormalizationJson | null,
): void {
  writeFileAtomically(join(folder, file), `${JSON.stringify({ encoding, normalization })}\n`)
}

/** What a network says of rows: `said` is [classes][rows] of probabilities, or [1][rows] of numbers. */
export interface Predicted {
  /** Rows of the table that it can be asked about: those without missing values in its inputs. */
  readonly rows: Int32Array
  readonly said: readonly Float64Array[]
}

/** A network for the rows of tables. */
export interface TableModel {
  readonly target: string
  /** Names of the classes in the order of `said`; null where it tells numbers. */
  readonly classes: readonly string[] | null
  readonly features: readonly string[]
  /** Categories that the training part lacked count as none. Throws UsageError that names the columns it needs and the table lacks. */
  predict(table: Table): Promise<Predicted>
  dispose(): void
}

/** Losses whose scores become probabilities by softmax, by exp, and numbers by the logistic function. */
const outputs: Readonly<Record<string, 'softmax' | 'exp' | 'logistic'>> = {
  crossEntropy: 'softmax',
  CrossEntropyLoss: 'softmax',
  nll: 'exp',
  nllLoss: 'exp',
  NLLLoss: 'exp',
  bceWithLogits: 'logistic',
  BCEWithLogitsLoss: 'logistic',
}

/**
 * Loads a network that `normball train` made of a table: a run's folder, or a checkpoint of weights in it.
 *
 * Throws SystemError where files are not there, FormatError for damaged ones, UsageError for networks that are not for the rows of tables.
 *
 * @example
 * const model = await loadTableModel('runs/churn')
 * const { said } = await model.predict(await openTable('july.csv')) // said[1][0]: the chance that the first row is of class 1
 */
export async function loadTableModel(path: string): Promise<TableModel> {
  const { folder, weights } = filesOf(path)
  const { encoding, normalization } = readPreparation(folder)
  const { config } = await requireTrainConfig(await readConfig(join(folder, 'config.json')))
  const finish = finishOf(config, encoding)
  const width = encoding.featureNames.length
  const model = withGenerator(generatorFor(0), () => modelOf(config, encoding, width))
  try {
    const state = await load(weights)
    try {
      model.loadStateDict(state)
    } finally {
      state.dispose()
    }
    model.eval()
  } catch (error) {
    model.dispose()
    if (error instanceof NormballError && error.exitCode === 2)
      throw new FormatError('bad-model', `'${inert(weights)}' does not fit the run's config.json: ${error.message}`, { file: weights, cause: error }) // biome-ignore format: one line
    throw withPlace(error, { file: weights })
  }
  const layer = normalization && Normalization.fromJSON(normalization)
  return {
    target: encoding.target.name,
    classes: encoding.target.values,
    features: encoding.features.map(({ name }) => name),
    predict: (table) => predict(table, encoding, path, (x) => finish(model.forward(layer ? layer.forward(x) : x))),
    dispose() {
      model.dispose()
      layer?.dispose()
    },
  }
}

type Step = (x: ReturnType<typeof zeros>) => ReturnType<typeof zeros>

/** Whether a path looks like a run of `train`: its folder, or a file in one. */
export function isTrainingRun(path: string): boolean {
  return isFolder(path) || [dirname(path), dirname(dirname(path))].some((one) => existsSync(join(one, 'config.json')))
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw new SystemError('cannot-read', `cannot read '${inert(path)}': ${refusal(error)}.`, { file: path, cause: error }) // biome-ignore format: one line
  }
}

function filesOf(path: string): { folder: string; weights: string } {
  if (isFolder(path)) {
    const weights = join(path, 'model.safetensors')
    if (!existsSync(weights) || !existsSync(join(path, 'config.json')))
      throw new UsageError(`'${inert(path)}' is no finished run of normball train: it has no ${existsSync(weights) ? 'config.json' : 'model.safetensors'}.`) // biome-ignore format: one line
    return { folder: path, weights }
  }
  const folder = [dirname(path), dirname(dirname(path))].find((one) => existsSync(join(one, 'config.json')))
  if (folder === undefined)
    throw new UsageError(`'${inert(path)}' stands beside no config.json of normball train, which says what network it is of.`) // biome-ignore format: one line
  return { folder, weights: path }
}

interface Preparation {
  readonly encoding: TableEncoding
  readonly normalization: NormalizationJson | null
}

function readPreparation(folder: string): Preparation {
  const path = join(folder, file)
  if (!existsSync(path))
    throw new UsageError(`'${inert(folder)}' was not trained on a table (it has no ${file}); expected a network for rows of tables (data.format: csv).`) // biome-ignore format: one line
  const damaged = (what: string): FormatError =>
    new FormatError('bad-model', `'${inert(path)}' ${what}`, { file: path })
  if (statSync(path).size > mostBytes) throw damaged('is too large to say how a table was encoded.')
  let given: unknown
  try {
    given = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged('is not JSON.')
    throw new SystemError('cannot-read', `cannot read '${inert(path)}': ${refusal(error)}.`, { file: path, cause: error }) // biome-ignore format: one line
  }
  const { encoding, normalization } = (given ?? {}) as Partial<Preparation>
  if (!isEncoding(encoding)) throw damaged('does not say how a table was encoded.')
  if (normalization !== null && !isNormalization(normalization, encoding.featureNames.length))
    throw damaged('has a normalization that does not fit its columns.')
  return { encoding, normalization }
}

const areWords = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string') // biome-ignore format: one line
const areNumbers = (value: unknown, count: number): boolean => Array.isArray(value) && value.length === count && value.every((one) => typeof one === 'number') // biome-ignore format: one line
const isColumn = (one: EncodedColumn | undefined | null): one is EncodedColumn => typeof one?.name === 'string' && (one.values === null || areWords(one.values)) // biome-ignore format: one line

function isEncoding(given: Partial<TableEncoding> | undefined): given is TableEncoding {
  const { target, features, featureNames } = given ?? {}
  if (!isColumn(target) || !Array.isArray(features) || !features.every(isColumn) || !areWords(featureNames))
    return false
  if (target.task !== (target.values === null ? 'numbers' : 'classes')) return false
  const width = (features as readonly EncodedColumn[]).reduce((sum, { values }) => sum + (values?.length ?? 1), 0)
  return width > 0 && width === featureNames.length
}

function isNormalization(given: NormalizationJson | undefined, width: number): given is NormalizationJson {
  if (!given || !['standard', 'minmax', 'whiten'].includes(given.kind) || given.per !== 'feature') return false
  const { inputShape, shift, scale, matrix, constant } = given
  return areNumbers(inputShape, 1) && inputShape[0] === width && areNumbers(shift, width) && areNumbers(scale, width) && Array.isArray(constant) && (matrix === null || areNumbers(matrix, width * width)) // biome-ignore format: one line
}

/** The network with values to be loaded over. */
function modelOf({ model }: TrainConfig, { target }: TableEncoding, width: number): Module {
  const made: Module[] = []
  tidy(() => {
    const wanted = { tokens: null, outputs: target.values?.length ?? 1 }
    made.push(buildModel(model, { x: zeros([1, width], { dtype: 'f32' }), wanted, perStep: false }))
  })
  return made[0]!
}

/** What becomes of the network's output. */
function finishOf({ loss, model }: TrainConfig, { target }: TableEncoding): Step {
  if ('preset' in model && model.preset === 'autoencoder')
    throw new UsageError('the network tells its inputs again (an autoencoder), and predicts no target.')
  const name = typeof loss === 'string' ? loss : (loss?.name ?? (target.values === null ? 'mse' : 'crossEntropy'))
  const how = Object.hasOwn(outputs, name) ? outputs[name] : undefined
  if (target.values !== null && how === undefined)
    throw new UsageError(`the network was trained with the loss '${inert(name, 40)}', whose scores are no probabilities; expected crossEntropy or nll.`) // biome-ignore format: one line
  if (how === 'softmax') return (x) => softmax(x)
  if (how === 'exp') return (x) => x.exp()
  return how === 'logistic' ? (x) => x.sigmoid() : (x) => x
}

/** Rows at a time. */
const batch = 1024

async function predict(table: Table, encoding: TableEncoding, path: string, ask: Step): Promise<Predicted> {
  const missing = encoding.features.map(({ name }) => name).filter((name) => !table.columns.some((one) => one.name === name)) // biome-ignore format: one line
  if (missing.length > 0)
    throw new UsageError(`the model '${inert(path)}' needs ${missing.length === 1 ? 'the column' : `${missing.length} columns:`} ${listNames(missing, 12)}, which '${inert(table.name)}' lacks.`) // biome-ignore format: one line
  const rows = completeRows(table, encoding)
  const outputs = encoding.target.values?.length ?? 1
  const said = Array.from({ length: outputs }, () => new Float64Array(rows.length))
  if (rows.length === 0) return { rows, said }
  const data = tableDataset(withoutTarget(table, encoding), { encoding: { ...encoding, target: constantTarget }, missing: 'drop', unknown: 'zeros' }) // biome-ignore format: one line
  try {
    for (let from = 0; from < data.length; from += batch) {
      const places = Int32Array.from({ length: Math.min(batch, data.length - from) }, (_, i) => from + i)
      const { input, target } = await data.batch(places)
      target.dispose()
      const values = noGrad(() => tidy(() => ask(input).toArray()))
      input.dispose()
      if (values.length !== places.length * outputs) throw new FormatError('bad-model', `'${inert(path)}' puts out ${values.length / places.length} numbers for a row; expected ${outputs}.`) // biome-ignore format: one line
      for (const [k, out] of said.entries()) for (let i = 0; i < places.length; i++) out[from + i] = Number(values[i * outputs + k]) // biome-ignore format: one line
    }
  } finally {
    data.dispose()
  }
  return { rows, said }
}

/** Rows are asked about whether they have a target or not: this one is always there. */
const constantTarget = { name: '\u0000', values: null, task: 'numbers' } as const

function withoutTarget(table: Table, { features }: TableEncoding): Table {
  const zero = { name: constantTarget.name, type: 'numeric', missing: 0, absent: null, values: new Float64Array(table.rows) } as const // biome-ignore format: one line
  const kept = table.columns.filter(({ name }) => features.some((one) => one.name === name))
  return { ...table, columns: [...kept, zero], lineOf: (row) => table.lineOf(row) }
}

function completeRows(table: Table, { features }: TableEncoding): Int32Array {
  const own = features.map(({ name }) => table.columns.find((one) => one.name === name)!)
  const isGap = (row: number): boolean =>
    own.some((one) => one.absent?.[row] === 1 || (one.type === 'numeric' && Number.isNaN(one.values[row]!)))
  return Int32Array.from({ length: table.rows }, (_, row) => row).filter((row) => !isGap(row))
}
