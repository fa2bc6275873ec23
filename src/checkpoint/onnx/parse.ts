/** Reads a model's messages into plain records: names, shapes, and where the data lies. No data is read here. */
import { FormatError, inert } from '../../core/index.js'
import { type Field, safeSigned, signed64, type Wire } from '../protobuf/index.js'
import type { NumberRun, RawAttribute, RawFunction, RawGraph, RawModel, RawNode, RawSparse, RawTensor } from './raw.js'
import {
  attributeProto,
  functionProto,
  graphProto,
  modelProto,
  nodeProto,
  operatorSetProto,
  sparseTensorProto,
  stringEntryProto,
  tensorProto,
  trainingInfoProto,
} from './schema.js'

const longestName = 16 * 1024
const longestFact = 1000
const mostProperties = 1000
const highestRank = 256
const deepestGraph = 100
/** Nodes, attributes, tensors and graphs together, and names: what a hostile file could multiply in memory. */
const mostRecords = 600_000
const mostNames = 3_000_000
const mostRuns = 10_000

const emptyGraph = (): RawGraph => ({ name: '', initializers: [], sparse: [], nodes: [], inputs: [] })

/** One parse: the walker, and what has been counted so far. */
export class Parser {
  private records = 0
  private names = 0

  constructor(private readonly wire: Wire) {}

  async model(size: number): Promise<RawModel> {
    const model: RawModel = { facts: new Map(), opsets: [], properties: [], graph: null, training: [], functions: [] }
    await this.wire.walk(0, size, modelProto, (field) => {
      switch (field.name) {
        case 'irVersion':
        case 'modelVersion':
          model.facts.set(field.name, Number(signed64(field)))
          return
        case 'producerName':
        case 'producerVersion':
        case 'domain':
        case 'docString':
          return this.fact(field, model)
        case 'opsetImport':
          return this.opset(field, model)
        case 'metadataProps':
          return this.property(field, model)
        case 'graph':
          // Protobuf merges a message that is given in pieces.
          model.graph ??= emptyGraph()
          return this.graph(field, model.graph, 0)
        case 'trainingInfo':
          return this.trainingInfo(field, model)
        case 'functions':
          return this.function(field, model)
      }
    })
    return model
  }

  private async fact(field: Field, model: RawModel): Promise<void> {
    const cut = Math.min(field.to, field.from + longestFact)
    const text = new TextDecoder().decode(await this.wire.bytes(field.from, cut))
    model.facts.set(field.name, cut < field.to ? `${text}… (${field.to - field.from} bytes)` : text)
  }

  private async opset(field: Field, model: RawModel): Promise<void> {
    let domain = ''
    let version = 0
    await this.wire.walk(field.from, field.to, operatorSetProto, async (inner) => {
      if (inner.name === 'domain') domain = await this.name(inner, 'the domain of an operator set')
      else version = Number(signed64(inner))
    })
    if (model.opsets.length < mostProperties) model.opsets.push([domain, version])
  }

  private async property(field: Field, model: RawModel): Promise<void> {
    if (model.properties.length >= mostProperties) return
    const pair = await this.pair(field, true)
    model.properties.push([pair.key, pair.value])
  }

  private async pair(field: Field, mayCut: boolean): Promise<{ key: string; value: string }> {
    const pair = { key: '', value: '' }
    await this.wire.walk(field.from, field.to, stringEntryProto, async (inner) => {
      const limit = mayCut ? longestFact : longestName
      if (mayCut && inner.to - inner.from > limit) {
        const text = new TextDecoder().decode(await this.wire.bytes(inner.from, inner.from + limit))
        pair[inner.name] = `${text}… (${inner.to - inner.from} bytes)`
      } else pair[inner.name] = await this.wire.text(inner, limit, `the ${inner.name} of a property`)
    })
    return pair
  }

  private async trainingInfo(field: Field, model: RawModel): Promise<void> {
    this.count(field)
    const info = { initialization: emptyGraph(), algorithm: emptyGraph() }
    model.training.push(info)
    await this.wire.walk(field.from, field.to, trainingInfoProto, (inner) => this.graph(inner, info[inner.name], 0))
  }

  private async function(field: Field, model: RawModel): Promise<void> {
    this.count(field)
    const made: RawFunction = { ...emptyGraph(), domain: '' }
    model.functions.push(made)
    await this.wire.walk(field.from, field.to, functionProto, async (inner) => {
      if (inner.name === 'name') made.name = await this.name(inner, 'the name of a function')
      else if (inner.name === 'domain') made.domain = await this.name(inner, 'the domain of a function')
      else if (inner.name === 'input') made.inputs.push(await this.name(inner, 'the input of a function'))
      else if (inner.name === 'node') made.nodes.push(await this.node(inner, 0))
    })
  }

  private async graph(field: Field, into: RawGraph, depth: number): Promise<void> {
    if (depth > deepestGraph) {
      throw new FormatError(
        'deep-nesting',
        `onnx: graphs nest more than ${deepestGraph} deep at byte ${field.at} of the protobuf; nothing real does.`,
        {
          offset: field.at,
        },
      )
    }
    await this.wire.walk(field.from, field.to, graphProto, async (inner) => {
      if (inner.name === 'name') into.name = await this.name(inner, 'the name of a graph')
      else if (inner.name === 'node') into.nodes.push(await this.node(inner, depth))
      else if (inner.name === 'initializer') into.initializers.push(await this.tensor(inner))
      else if (inner.name === 'sparseInitializer') into.sparse.push(await this.sparse(inner))
    })
  }

  private async node(field: Field, depth: number): Promise<RawNode> {
    this.count(field)
    const node: RawNode = { name: '', opType: '', domain: '', inputs: [], outputs: [], attributes: [] }
    await this.wire.walk(field.from, field.to, nodeProto, async (inner) => {
      if (inner.name === 'attribute') node.attributes.push(await this.attribute(inner, depth))
      else if (inner.name === 'input') node.inputs.push(await this.name(inner, 'the input of a node'))
      else if (inner.name === 'output') node.outputs.push(await this.name(inner, 'the output of a node'))
      else if (inner.name !== 'docString') node[inner.name] = await this.name(inner, `the ${inner.name} of a node`)
    })
    return node
  }

  private async attribute(field: Field, depth: number): Promise<RawAttribute> {
    this.count(field)
    const made: RawAttribute = {
      name: '',
      at: field.at,
      f: null,
      i: null,
      floats: [],
      ints: [],
      firstInts: [],
      tensors: [],
      sparse: [],
      graphs: [],
    }
    await this.wire.walk(field.from, field.to, attributeProto, async (inner) => {
      switch (inner.name) {
        case 'name':
          made.name = await this.name(inner, 'the name of an attribute')
          return
        case 'f':
          made.f = floatOf(inner.lo)
          return
        case 'i':
          made.i = signed64(inner)
          return
        case 'floats':
          return addRun(made.floats, inner)
        case 'ints':
          addRun(made.ints, inner)
          if (made.firstInts.length <= highestRank) await this.integers(inner, made.firstInts, highestRank)
          return
        case 't':
        case 'tensors':
          made.tensors.push(await this.tensor(inner))
          return
        case 'sparseTensor':
          made.sparse.push(await this.sparse(inner))
          return
        case 'g':
        case 'graphs': {
          const graph = emptyGraph()
          made.graphs.push(graph)
          return this.graph(inner, graph, depth + 1)
        }
      }
    })
    return made
  }

  private async sparse(field: Field): Promise<RawSparse> {
    const made: RawSparse = { values: null, indices: null, dims: [] }
    await this.wire.walk(field.from, field.to, sparseTensorProto, async (inner) => {
      if (inner.name === 'dims') await this.integers(inner, made.dims, highestRank)
      else made[inner.name] = await this.tensor(inner)
    })
    return made
  }

  private async tensor(field: Field): Promise<RawTensor> {
    this.count(field)
    const made: RawTensor = {
      name: '',
      at: field.at,
      dims: [],
      dataType: 0n,
      numbers: new Map(),
      raw: null,
      strings: 0,
      segmented: false,
      external: [],
      isExternal: false,
    }
    await this.wire.walk(field.from, field.to, tensorProto, (inner): void | Promise<void> => {
      switch (inner.name) {
        case 'dims':
          return this.dims(inner, made)
        case 'dataType':
          made.dataType = signed64(inner)
          return
        case 'name':
          return this.name(inner, 'the name of a tensor').then((name) => {
            made.name = name
          })
        case 'raw_data':
          made.raw = { from: inner.from, to: inner.to }
          return
        case 'string_data':
          made.strings++
          return
        case 'segment':
          made.segmented = true
          return
        case 'externalData':
          return this.externalEntry(inner, made)
        case 'dataLocation':
          made.isExternal = safeSigned(inner) === 1
          return
        case 'docString':
          return
        default: {
          const runs = made.numbers.get(inner.name)
          if (runs) addRun(runs, inner)
          else {
            const first: NumberRun[] = []
            addRun(first, inner)
            made.numbers.set(inner.name, first)
          }
        }
      }
    })
    return made
  }

  private async dims(field: Field, tensor: RawTensor): Promise<void> {
    const limit = highestRank + 1
    await this.integers(field, tensor.dims, limit)
    if (tensor.dims.length < limit) return
    throw new FormatError(
      'bad-shape',
      `onnx: a tensor${tensor.name === '' ? '' : ` '${inert(tensor.name)}'`} at byte ${tensor.at} has a shape of more than ${highestRank} dimensions; nothing real does.`,
      { offset: tensor.at },
    )
  }

  private async externalEntry(field: Field, tensor: RawTensor): Promise<void> {
    if (tensor.external.length >= 32) {
      throw new FormatError(
        'bad-external',
        `onnx: a tensor at byte ${tensor.at} has more than 32 external_data entries.`,
        {
          offset: tensor.at,
        },
      )
    }
    tensor.external.push(await this.pair(field, false))
  }

  /** Appends the integers of a packed or single field, up to `limit` in all. */
  private async integers(field: Field, into: bigint[], limit: number): Promise<void> {
    if (field.wire !== 2) {
      if (into.length < limit) into.push(signed64(field))
      return
    }
    if (into.length >= limit) return
    await this.wire.varints(field.from, field.to, (lo, hi) => into.push(signed64({ lo, hi })) < limit)
  }

  private count(field: Field): void {
    if (++this.records > mostRecords) throw tooMany(mostRecords, 'nodes, attributes and tensors', field.at)
  }

  private name(field: Field, what: string): Promise<string> {
    if (++this.names > mostNames) throw tooMany(mostNames, 'names', field.at)
    return this.wire.text(field, longestName, what)
  }
}

function tooMany(limit: number, what: string, offset: number): FormatError {
  return new FormatError('too-many', `onnx: the model has more than ${limit} ${what}; nothing real does.`, { offset })
}

const scratch = new DataView(new ArrayBuffer(4))

function floatOf(bits: number): number {
  scratch.setUint32(0, bits)
  return scratch.getFloat32(0)
}

function addRun(runs: NumberRun[], field: Field): void {
  if (field.wire === 2 && field.from === field.to) return
  const last = runs.at(-1)
  if (last?.to === field.at) {
    // Follows on: one stretch of whole fields, which is walked again when its numbers are needed.
    if (last.packed) {
      last.from = last.start
      last.packed = false
    }
    last.to = field.to
    return
  }
  if (runs.length >= mostRuns) throw tooMany(mostRuns, 'pieces in one typed field', field.at)
  const packed = field.wire === 2
  runs.push({ from: packed ? field.from : field.at, to: field.to, packed, start: field.at, number: field.number })
}
