/** `diff` against figures that NumPy computed in float64, across formats. */
import { describe, expect, it } from 'vitest'
import { type DiffOptions, diff } from '../../src/weights/index.node.js'
import { hasShared, sharedJson, sharedPath } from '../shared.js'

interface Reference {
  readonly a: string
  readonly b: string
  readonly only_a: string[]
  readonly only_b: string[]
  readonly shape_changed: unknown[]
  readonly tensors: Record<string, Record<string, number | string | number[] | null>>
}

/** Their names for ours. */
const names = {
  l2_a: 'l2A',
  l2_b: 'l2B',
  delta_l1: 'deltaL1',
  delta_l2: 'deltaL2',
  delta_linf: 'deltaLinf',
  rel: 'relative',
  cosine: 'cosine',
  changed: 'changed',
  delta_spectral: 'deltaSpectral',
  delta_nuclear: 'deltaNuclear',
  delta_stable_rank: 'deltaStableRank',
} as const

const cases: readonly [string, boolean][] = [
  ['diff-digits-0200-0800', false],
  ['diff-digits-0800-vs-bf16', false],
  ['diff-silero-v6.2.1-onnx-vs-safetensors', true],
  ['diff-ultralight-RFB-320-pth-vs-onnx', false],
]

describe.skipIf(!hasShared)('against NumPy', () => {
  for (const [file, mapped] of cases)
    for (const backend of ['portable', 'auto'] as const)
      it(`${file}, ${backend}`, async () => {
        const reference = sharedJson<Reference>('data', 'reference', `${file}.json`)
        const path = (name: string): string => sharedPath('data', 'checkpoints', name)
        const options: DiffOptions = { spectra: 'exact', backend, workers: 0 }
        if (mapped) options.map = sharedJson<Record<string, string>>('data', 'reference', 'silero-namemap.json')
        const report = await diff(path(reference.a), path(reference.b), options)
        const found = new Map(report.tensors.map((tensor) => [tensor.name, tensor]))
        const wrong: string[] = []
        for (const [name, expected] of Object.entries(reference.tensors)) {
          const tensor = found.get(name)
          if (tensor === undefined) {
            wrong.push(`${name} is missing`)
            continue
          }
          expect(tensor.shape, name).toEqual(expected['shape'])
          for (const [theirs, ours] of Object.entries(names)) {
            if (!(theirs in expected)) continue
            const [got, want] = [tensor[ours], expected[theirs] as number]
            // Cosines cancel near 1, and NumPy's own products of long vectors do not.
            const slack = ours === 'cosine' ? 1e-12 : 1e-11 * Math.abs(want)
            if (!(typeof got === 'number' && Math.abs(got - want) <= slack))
              wrong.push(`${name} ${ours}: ${got}, ${want}`)
          }
        }
        expect(wrong).toEqual([])
        expect(report.onlyA.toSorted()).toEqual(reference.only_a.toSorted())
        expect(report.onlyB.toSorted()).toEqual(reference.only_b.toSorted())
        expect(report.shapeChanged).toEqual(reference.shape_changed)
      })
})
