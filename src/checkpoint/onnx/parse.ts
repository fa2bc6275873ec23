/** Reads a model's messages into plain records: names, shapes, and where the data lies. No data is read here. */
import { FormatError } from '../../core/index.js'
import { type Field, type Pending, safeSigned, signed64, type Wire } from '../protobuf/index.js'
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
/** Of shapes; a tensor with more axes is refused once it is known by name. */
export const highestRank = 256
const deepestGraph = 100
/** Nodes, attributes, tensors and graphs together, and names: what a hostile file could multiply in memory. */
const mostRecords = 600_000
const mostNames = 1_500_000
const mostGraphs = 20_000
const mostAxes = 500_000
const mostRuns = 10_000
const mostExternal = 32

const emptyGraph = (): RawGraph => ({ name: '', initializers: [], sparse: [], nodes: [], inputs: [] })

/** One parse: the walker, and what has been counted so far. */
export class Parser {
  private records = 0
  private names = 0
  private graphs = 0
  private axes = 0

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
    model.facts.set(field.name, await this.cutText(field))
  }

  /** Text for the report: its beginning, and how long it is. */
  private async cutText(field: Field): Promise<string> {
    const cut = Math.min(field.to, field.from + longestFact)
    const text = new TextDecoder().decode(await this.wire.bytes(field.from, cut))
    return cut < field.to ? `${text}… (${field.to - field.from} bytes)` : text
  }

  private async opset(field: Field, model: RawModel): Promise<void> {
    let domain = ''
    let version = 0
    await this.wire.walk(field.from, field.to, operatorSetProto, (inner) => {
      if (inner.name === 'version') version = Number(signed64(inner))
      else {
        return this.name(inner, 'the domain of an operator set', (text) => {
          domain = text
        })
      }
    })
    if (model.opsets.length < mostProperties) model.opsets.push([domain, version])
  }

  private async property(field: Field, model: RawModel): Promise<void> {
    if (model.properties.length >= mostProperties) return
    const pair = { key: '', value: '' }
    await this.wire.walk(field.from, field.to, stringEntryProto, async (inner) => {
      pair[inner.name] = await this.cutText(inner)
    })
    model.properties.push([pair.key, pair.value])
  }

  private trainingInfo(field: Field, model: RawModel): Pending {
    this.count(field)
    const info = { initialization: emptyGraph(), algorithm: emptyGraph() }
    model.training.push(info)
    return this.wire.walk(field.from, field.to, trainingInfoProto, (inner) => this.graph(inner, info[inner.name], 0))
  }

  private function(field: Field, model: RawModel): Pending {
    this.countGraph(field)
    const made: RawFunction = { ...emptyGraph(), domain: '' }
    model.functions.push(made)
    return this.wire.walk(field.from, field.to, functionProto, (inner) => {
      switch (inner.name) {
        case 'name':
        case 'domain':
          return this.name(inner, `the ${inner.name} of a function`, (text) => {
            made[inner.name as 'name' | 'domain'] = text
          })
        case 'input':
          return this.name(inner, 'the input of a function', (text) => made.inputs.push(text))
        case 'node':
          return this.node(inner, 0, made.nodes)
      }
    })
  }

  private graph(field: Field, into: RawGraph, depth: number): Pending {
    if (depth > deepestGraph) {
      throw new FormatError(
        'deep-nesting',
        `onnx: graphs nest more than ${deepestGraph} deep at byte ${field.at} of the protobuf; nothing real does.`,
        { offset: field.at },
      )
    }
    return this.wire.walk(field.from, field.to, graphProto, (inner) => {
      switch (inner.name) {
        case 'name':
          return this.name(inner, 'the name of a graph', (text) => {
            into.name = text
          })
        case 'node':
          return this.node(inner, depth, into.nodes)
        case 'initializer':
          return this.tensor(inner, into.initializers)
        case 'sparseInitializer':
          return this.sparse(inner, into.sparse)
      }
    })
  }

  private node(field: Field, depth: number, into: RawNode[]): Pending {
    this.count(field)
    const node: RawNode = { name: '', opType: '', domain: '', inputs: [], outputs: [], attributes: [] }
    into.push(node)
    return this.wire.walk(field.from, field.to, nodeProto, (inner) => {
      switch (inner.name) {
        case 'attribute':
          return this.attribute(inner, depth, node.attributes)
        case 'input':
          return this.name(inner, 'the input of a node', (text) => node.inputs.push(text))
        case 'output':
          return this.name(inner, 'the output of a node', (text) => node.outputs.push(text))
        case 'name':
        case 'opType':
        case 'domain':
          return this.name(inner, `the ${inner.name} of a node`, (text) => {
            node[inner.name as 'name' | 'opType' | 'domain'] = text
          })
      }
    })
  }

  private attribute(field: Field, depth: number, into: RawAttribute[]): Pending {
    this.count(field)
    const made: RawAttribute = {
      name: '',
      at: field.at,
      f: null,
      i: null,
      floats: [],
      ints: [],
      firstInts: [],
      textBytes: 0,
      tensors: [],
      sparse: [],
      graphs: [],
    }
    into.push(made)
    return this.wire.walk(field.from, field.to, attributeProto, (inner) => {
      switch (inner.name) {
        case 'name':
          return this.name(inner, 'the name of an attribute', (text) => {
            made.name = text
          })
        case 'f':
          made.f = floatOf(inner.lo)
          return
        case 'i':
          made.i = signed64(inner)
          return
        case 's':
          made.textBytes = inner.to - inner.from
          return
        case 'floats':
          return addRun(made.floats, inner)
        case 'ints':
          addRun(made.ints, inner)
          return this.integers(inner, made.firstInts, highestRank)
        case 't':
        case 'tensors':
          return this.tensor(inner, made.tensors)
        case 'sparseTensor':
          return this.sparse(inner, made.sparse)
        case 'g':
        case 'graphs': {
          this.countGraph(inner)
          const graph = emptyGraph()
          made.graphs.push(graph)
          return this.graph(inner, graph, depth + 1)
        }
      }
    })
  }

  private sparse(field: Field, into: RawSparse[]): Pending {
    this.count(field)
    const made: RawSparse = { values: [], indices: [], dims: [] }
    into.push(made)
    return this.wire.walk(field.from, field.to, sparseTensorProto, (inner) =>
      inner.name === 'dims' ? this.dims(inner, made.dims) : this.tensor(inner, made[inner.name]),
    )
  }

  private tensor(field: Field, into: RawTensor[]): Pending {
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
    into.push(made)
    return this.wire.walk(field.from, field.to, tensorProto, (inner) => {
      switch (inner.name) {
        case 'dims':
          return this.dims(inner, made.dims)
        case 'dataType':
          made.dataType = signed64(inner)
          return
        case 'name':
          return this.name(inner, 'the name of a tensor', (text) => {
            made.name = text
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
          const runs = made.numbers.get(inner.name) ?? []
          addRun(runs, inner)
          made.numbers.set(inner.name, runs)
        }
      }
    })
  }

  private externalEntry(field: Field, tensor: RawTensor): Pending {
    if (tensor.external.length >= mostExternal)
      throw tooMany(mostExternal, 'external_data entries in one tensor', field.at)
    const pair = { key: '', value: '' }
    tensor.external.push(pair)
    return this.wire.walk(field.from, field.to, stringEntryProto, (inner) =>
      this.name(inner, `the ${inner.name} of external data`, (text) => {
        pair[inner.name] = text
      }),
    )
  }

  /** One axis more than there may be is kept, so that too many are seen. */
  private dims(field: Field, into: bigint[]): Pending {
    const before = into.length
    const check = (): void => {
      this.axes += into.length - before
      if (this.axes > mostAxes) throw tooMany(mostAxes, 'axes in the shapes of its tensors', field.at)
    }
    const reading = this.integers(field, into, highestRank + 1)
    return reading ? reading.then(check) : check()
  }

  /** Appends the integers of a packed or single field, up to `limit` in all. */
  private integers(field: Field, into: bigint[], limit: number): Pending {
    if (into.length >= limit) return
    if (field.wire !== 2) into.push(signed64(field))
    else return this.wire.varints(field.from, field.to, (lo, hi) => into.push(signed64({ lo, hi })) < limit)
  }

  private count(field: Field): void {
    if (++this.records > mostRecords) throw tooMany(mostRecords, 'nodes, attributes and tensors', field.at)
  }

  private countGraph(field: Field): void {
    this.count(field)
    if (++this.graphs > mostGraphs) throw tooMany(mostGraphs, 'graphs and functions', field.at)
  }

  private name(field: Field, what: string, take: (text: string) => void): Pending {
    if (++this.names > mostNames) throw tooMany(mostNames, 'names', field.at)
    return this.wire.text(field, longestName, what, take)
  }
}

export function tooMany(limit: number, what: string, offset?: number): FormatError {
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
