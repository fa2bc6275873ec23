/** Who reads which value: one scope per graph, where a subgraph sees the names of the graphs around it. */
import type { RawFunction, RawGraph, RawModel, RawNode } from './raw.js'

export interface Use {
  readonly node: RawNode
  /** Which of the node's inputs. */
  readonly input: number
  readonly scope: Scope
}

export class Scope {
  readonly uses = new Map<string, Use[]>()
  private readonly locals = new Set<string>()

  constructor(
    readonly graph: RawGraph,
    private readonly parent: Scope | null,
  ) {
    for (const { name } of graph.initializers) this.locals.add(name)
    for (const { values } of graph.sparse) for (const { name } of values) this.locals.add(name)
    for (const name of graph.inputs) this.locals.add(name)
    for (const node of graph.nodes) for (const name of node.outputs) this.locals.add(name)
  }

  /** The scope that defines `name`; this one when none does. */
  owner(name: string): Scope {
    for (let scope: Scope | null = this; scope; scope = scope.parent) if (scope.locals.has(name)) return scope
    return this
  }
}

export interface Scopes {
  readonly of: ReadonlyMap<RawGraph, Scope>
  /** Model functions by `domain:name`. */
  readonly functions: ReadonlyMap<string, Scope>
}

/** Uses of one value that are kept: enough to learn what it is for. */
const mostUses = 64

export function functionKey(domain: string, name: string): string {
  return `${domain}:${name}`
}

export function buildScopes(model: RawModel): Scopes {
  const of = new Map<RawGraph, Scope>()
  const functions = new Map<string, Scope>()
  const roots: (RawGraph | RawFunction)[] = [...model.functions]
  if (model.graph) roots.push(model.graph)
  for (const info of model.training) roots.push(info.initialization, info.algorithm)
  for (const root of roots) addScope(root, null, of)
  for (const made of model.functions) functions.set(functionKey(made.domain, made.name), of.get(made)!)
  for (const scope of of.values()) addUses(scope)
  return { of, functions }
}

function addScope(graph: RawGraph, parent: Scope | null, of: Map<RawGraph, Scope>): void {
  const scope = new Scope(graph, parent)
  of.set(graph, scope)
  for (const node of graph.nodes) {
    for (const attribute of node.attributes) for (const inner of attribute.graphs) addScope(inner, scope, of)
  }
}

function addUses(scope: Scope): void {
  for (const node of scope.graph.nodes) {
    node.inputs.forEach((name, input) => {
      if (name === '') return
      const { uses } = scope.owner(name)
      const list = uses.get(name)
      if (!list) uses.set(name, [{ node, input, scope }])
      else if (list.length < mostUses) list.push({ node, input, scope })
    })
  }
}
