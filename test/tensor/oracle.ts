/** test/oracle/tensor.json: what NumPy and PyTorch give (scripts/oracle/tensor.py). */
import { readFileSync } from 'node:fs'

type Plain = number | string | boolean

export interface Case {
  op: string
  axis: number[] | null
  shape: number[]
  values: Plain[]
  gradient?: Plain[]
  input?: string
}

export interface Oracle {
  data: number[]
  zeros: number[]
  shape: number[]
  cases: Case[]
  withZeros: Case[]
  edgeInputs: Record<string, Plain[]>
  edges: Case[]
  points: Plain[]
  slopes: Record<string, { values: Plain[]; gradient: Plain[] }>
  types: Record<string, Record<string, string>>
  oneTypes: Record<string, Record<string, string | null>>
}

export const oracle = JSON.parse(readFileSync(new URL('../oracle/tensor.json', import.meta.url), 'utf8')) as Oracle

/** Numbers, of which the non-finite ones are written as strings. */
export const numbers = (list: readonly Plain[]): number[] => list.map(Number)
