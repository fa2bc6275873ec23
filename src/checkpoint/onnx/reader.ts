/** ONNX models: initializers, `Constant` nodes, tensors in attributes, subgraphs, functions and external data, each with what the graph does with it. */
import { FormatError, inert, isFloating } from '../../core/index.js'
import { Wire } from '../protobuf/index.js'
import type {
  Folder,
  Kind,
  Metadata,
  MetadataValue,
  Reader,
  ReaderContext,
  ReaderResult,
  Skipped,
  Source,
  TensorData,
  TensorEntry,
} from '../types.js'
import { placeAttribute } from './attributes.js'
import { placeConstant } from './constants.js'
import { Elements, type Placed } from './elements.js'
import { ExternalFiles } from './external.js'
import { looksLikeModel } from './matches.js'
import { Parser, tooMany } from './parse.js'
import { findPurpose, noPurpose } from './purpose.js'
import type { RawGraph, RawModel, RawNode, RawSparse, RawTensor } from './raw.js'
import { buildScopes, type Scopes } from './scopes.js'
import { placeSparse } from './sparse.js'

export const onnxReader: Reader = {
  format: 'onnx',
  matches: looksLikeModel,
  async open(source: Source, context: ReaderContext): Promise<ReaderResult> {
    const sources = [source]
    try {
      return await new Opening(source, sources, context.folder, context.signal).run()
    } catch (error) {
      // The caller closes the file it opened, and we those that we opened.
      for (const extra of sources.slice(1)) await extra.close()
      throw error
    }
  },
}

/** Each costs a measurement and a place in the report; large exports have a few thousand. */
const mostTensors = 50_000
/** Characters of all reported names together: paths of nested graphs could multiply a small file. */
const mostNameCharacters = 64 * 1024 * 1024

class Opening {
  private readonly wire: Wire
  private readonly elements: Elements
  private readonly tensors: TensorEntry[] = []
  private readonly skipped: Skipped[] = []
  /** Names given so far, with the last number that was put behind each. */
  private readonly taken = new Map<string, number>()
  /** External data by source, offset and length: who had it first. */
  private readonly owners = new Map<string, string>()
  private nameCharacters = 0
  private scopes: Scopes = { of: new Map(), functions: new Map() }

  constructor(
    private readonly source: Source,
    private readonly sources: Source[],
    folder: Folder | null,
    signal: AbortSignal | undefined,
  ) {
    this.wire = new Wire(source, signal)
    this.elements = new Elements(this.wire, new ExternalFiles(folder, sources))
  }

  async run(): Promise<ReaderResult> {
    const model = await new Parser(this.wire).model(this.source.size)
    if (!model.graph) {
      throw new FormatError(
        'no-graph',
        'onnx: the protobuf has no graph field, so it is no model; it may be truncated.',
      )
    }
    this.scopes = buildScopes(model)
    await this.graph(model.graph, '', 'model')
    for (const [index, info] of model.training.entries()) {
      await this.graph(info.initialization, `training_info_${index}/initialization/`, 'optimizer')
      await this.graph(info.algorithm, `training_info_${index}/algorithm/`, 'optimizer')
    }
    for (const made of model.functions) await this.graph(made, `${made.name}/`, 'model')
    return {
      sources: this.sources,
      metadata: metadataOf(model),
      tensors: this.tensors,
      skipped: this.skipped,
      warnings: [],
    }
  }

  /** Initializers first, then constants and subgraphs in the order of the nodes. */
  private async graph(graph: RawGraph, prefix: string, group: TensorEntry['group']): Promise<void> {
    const here = new Set<string>()
    for (const [index, raw] of graph.initializers.entries()) {
      const name = raw.name || `initializer_${index}`
      refuseTwice(here, name, raw.at)
      await this.tensor(raw, name, graph, prefix, group)
    }
    for (const [index, sparse] of graph.sparse.entries()) {
      const name = sparse.values.at(-1)?.name || `sparse_initializer_${index}`
      refuseTwice(here, name, sparse.values.at(-1)?.at)
      await this.sparse(sparse, name, graph, prefix, group)
    }
    for (const [index, node] of graph.nodes.entries()) {
      if (node.opType === 'Constant') await this.constant(node, index, graph, prefix, group)
      const label = node.name || node.outputs.find((output) => output !== '') || `${node.opType}_${index}`
      for (const attribute of node.attributes) {
        if (node.opType !== 'Constant') {
          for (const { name, placed } of await placeAttribute(node, attribute, this.elements, prefix + label)) {
            this.add(placed, `${label}/${name}`, null, prefix, group)
          }
        }
        for (const [place, inner] of attribute.graphs.entries()) {
          const branch = attribute.graphs.length > 1 ? `${attribute.name}_${place}` : attribute.name
          await this.graph(inner, `${prefix}${label}/${branch}/`, group)
        }
      }
    }
  }

  private async constant(
    node: RawNode,
    index: number,
    graph: RawGraph,
    prefix: string,
    group: TensorEntry['group'],
  ): Promise<void> {
    const name = node.outputs[0] || node.name || `Constant_${index}`
    for (const attribute of node.attributes) {
      const [raw] = attribute.tensors
      const [sparse] = attribute.sparse
      if (attribute.name === 'value' && raw) await this.tensor(raw, name, graph, prefix, group)
      else if (attribute.name === 'sparse_value' && sparse) await this.sparse(sparse, name, graph, prefix, group)
      else {
        const placed = await placeConstant(attribute, this.elements, prefix + name)
        if (placed) this.add(placed, name, graph, prefix, group)
      }
    }
  }

  private async tensor(
    raw: RawTensor,
    name: string,
    graph: RawGraph,
    prefix: string,
    group: TensorEntry['group'],
  ): Promise<void> {
    this.add(await this.elements.place(raw, prefix + name), name, graph, prefix, group)
  }

  private async sparse(
    sparse: RawSparse,
    name: string,
    graph: RawGraph,
    prefix: string,
    group: TensorEntry['group'],
  ): Promise<void> {
    this.add(await placeSparse(sparse, this.elements, prefix + name), name, graph, prefix, group)
  }

  /** @param graph where the value `name` is used; null for what no edge of a graph carries */
  private add(placed: Placed, name: string, graph: RawGraph | null, prefix: string, group: TensorEntry['group']): void {
    if (this.tensors.length + this.skipped.length >= mostTensors) throw tooMany(mostTensors, 'tensors')
    const path = this.uniqueName(prefix + name)
    const { dtype, shape, count, data, why } = placed
    if (!data) {
      this.skipped.push({ name: path, dtype, shape, what: 'tensor', why: why ?? 'It has no data.' })
      return
    }
    const found = graph ? findPurpose(this.scopes.of.get(graph)!, name, shape, this.scopes) : noPurpose
    this.tensors.push({
      name: path,
      dtype,
      shape,
      count,
      data,
      kind: found.kind ?? withoutUse(data, count),
      outAxis: found.outAxis,
      groups: found.groups,
      group,
      sharesWith: this.sharesWith(data, path),
      ...(found.gates && { gates: found.gates }),
    })
  }

  /** Two tensors over the same bytes of an external file are one (tied weights). */
  private sharesWith(data: TensorData, name: string): string | null {
    const { storage } = data
    if (storage.kind !== 'range' || storage.source === 0) return null
    const key = `${storage.source}:${storage.offset}:${storage.length}`
    const owner = this.owners.get(key)
    if (owner === undefined) this.owners.set(key, name)
    return owner ?? null
  }

  /** Names are unique within a graph, but paths of unnamed or equally named nodes may meet. */
  private uniqueName(wanted: string): string {
    this.nameCharacters += wanted.length
    if (this.nameCharacters > mostNameCharacters) {
      throw new FormatError(
        'too-many',
        `onnx: the names of the tensors take more than ${mostNameCharacters} characters; nothing real does.`,
      )
    }
    let name = wanted
    // The count starts where it ended for this name: a file that repeats one name would make a search from 2 quadratic.
    let number = this.taken.get(wanted) ?? 0
    while (this.taken.has(name)) name = `${wanted}#${++number}`
    this.taken.set(wanted, Math.max(number, 1))
    if (name !== wanted) this.taken.set(name, 1)
    return name
  }
}

function refuseTwice(here: Set<string>, name: string, offset: number | undefined): void {
  if (here.has(name)) {
    throw new FormatError(
      'duplicate-name',
      `onnx: two initializers of one graph have the same name '${inert(name)}'; a name must not be given twice.`,
      {
        tensor: name,
        offset,
      },
    )
  }
  here.add(name)
}

/** Nothing that we know reads it: indices and shapes are constants, the rest is left to names and shapes. */
function withoutUse(data: TensorData, count: number): Kind | null {
  if (!isFloating(data.type)) return 'constant'
  return count === 1 ? 'scalar' : null
}

function metadataOf(model: RawModel): Metadata {
  const metadata: Record<string, MetadataValue> = Object.create(null)
  for (const [key, value] of model.facts) if (value !== '') metadata[key] = value
  const opsets: Record<string, MetadataValue> = Object.create(null)
  for (const [domain, version] of model.opsets) opsets[domain || 'ai.onnx'] = version
  metadata['opsets'] = opsets
  if (model.graph?.name) metadata['graph'] = inert(model.graph.name, 200)
  for (const [key, value] of model.properties) metadata[key in metadata ? `property ${key}` : key] = value
  return metadata
}
