/**
 * A character LSTM beside PyTorch's, from the same weights over the same batches: the losses go the same way, and the last ones are as good. Runs
 * with the long sweeps, where the text and a Python with PyTorch are.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { save } from '../../src/checkpoint/index.node.js'
import { crossEntropy, Linear, LSTM, Module } from '../../src/nn/index.node.js'
import { Adam } from '../../src/optim/index.node.js'
import {
  full,
  Generator,
  manualSeed,
  memory,
  noGrad,
  oneHot,
  randint,
  reshape,
  scope,
  type Tensor,
  tensor,
} from '../../src/tensor/index.node.js'
import { hasShared, isLong, sharedPath } from '../shared.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0

const [hidden, length, batch, steps, rate] = [128, 64, 32, 300, 3e-3]

class Character extends Module {
  readonly lstm: LSTM
  readonly head: Linear
  constructor(readonly symbols: number) {
    super()
    this.lstm = new LSTM(symbols, hidden)
    this.head = new Linear(hidden, symbols)
  }
  forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(oneHot(x, this.symbols)).output)
  }
}

/** Symbols of a text as numbers, in their order. */
function numbered(text: string): { symbols: number; places: Int32Array } {
  const alphabet = [...new Set(text)].sort()
  const numbers = new Map(alphabet.map((symbol, i) => [symbol, i]))
  return { symbols: alphabet.length, places: Int32Array.from(text, (symbol) => numbers.get(symbol)!) }
}

/** The loss over the sequences that begin at `starts`, each symbol predicting the next. */
function lossAt(model: Character, places: Int32Array, starts: Int32Array): Tensor {
  const take = (shift: number): Tensor =>
    tensor(Int32Array.from({ length: length * starts.length }, (_, at) => places[starts[at % starts.length]! + Math.floor(at / starts.length) + shift]!)) // biome-ignore format: one line
  const logits = model.forward(reshape(take(0), [length, starts.length]))
  return crossEntropy(reshape(logits, [-1, model.symbols]), take(1))
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

describe.skipIf(!isLong || !hasShared || !hasTorch)('a character LSTM (long)', () => {
  test('its loss is at most 1.02 of PyTorch’s, in training and held out', { timeout: 600_000 }, async () => {
    const { symbols, places } = numbered(readFileSync(sharedPath('data', 'text', 'tinyshakespeare.txt'), 'utf8'))
    const split = Math.floor(0.9 * places.length)
    const generator = new Generator(1)
    const starts = randint(0, split - length - 1, [steps, batch], { generator })
    const held = randint(split, places.length - length - 1, [256], { generator })
    manualSeed(2)
    const model = new Character(symbols)
    const folder = mkdtempSync(join(tmpdir(), 'normball-character-'))
    try {
      const file = join(folder, 'start.npz')
      await save(file, new Map([...model.stateDict(), ['text', tensor(places)], ['starts', starts], ['held', held], ['length', tensor([length])], ['rate', full([1], rate)]])) // biome-ignore format: one line
      const optimizer = new Adam(model.namedParameters(), { lr: rate })
      const order = starts.toArray() as Int32Array
      const losses: number[] = []
      let tensors = 0
      for (let step = 0; step < steps; step++) {
        if (step === 2) tensors = memory().tensors
        scope(() => {
          optimizer.zeroGrad()
          const loss = lossAt(model, places, order.subarray(step * batch, (step + 1) * batch))
          loss.backward()
          optimizer.step()
          losses.push(loss.item())
        })
      }
      expect(memory().tensors).toBe(tensors)
      const heldOut = scope(() => noGrad(() => lossAt(model, places, held.toArray() as Int32Array).item()))

      const script = fileURLToPath(new URL('../../scripts/oracle/character_lstm.py', import.meta.url))
      const done = spawnSync(python, [script, file], {
        encoding: 'utf8',
        env: { ...process.env, OMP_NUM_THREADS: '1' },
      })
      expect(done.stderr).toBe('')
      const theirs = JSON.parse(done.stdout) as { losses: number[]; heldOut: number }
      for (let step = 0; step < 20; step++)
        expect(Math.abs(losses[step]! - theirs.losses[step]!), `step ${step}`).toBeLessThan(1e-3)
      const [ours, others] = [losses, theirs.losses].map((all) => mean(all.slice(-50)))
      console.log(`last 50 steps ${ours!.toFixed(4)}, PyTorch ${others!.toFixed(4)}; held out ${heldOut.toFixed(4)}, PyTorch ${theirs.heldOut.toFixed(4)}`) // biome-ignore format: one line
      expect(ours!).toBeLessThan(2.3)
      expect(ours! / others!).toBeLessThan(1.02)
      expect(heldOut / theirs.heldOut).toBeLessThan(1.02)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
