/** Recurrent layers and cells against PyTorch (scripts/oracle/nn_recurrent.py). */
import { GRU, GRUCell, LSTM, LSTMCell, RNN, RNNCell } from '../../src/nn/index.node.js'
import type { Tensor } from '../../src/tensor/index.node.js'
import { type Maker, testAgainstTorch } from './oracle.js'

const layers = { RNN, LSTM, GRU }
const cells = { LSTMCell, GRUCell, RNNCell }

/** A layer with its states as inputs of their own, and lengths from the case; its parameters keep their names. */
const withStates =
  (kind: keyof typeof layers): Maker =>
  ([inputs, hidden], { lengths, ...options }) => {
    const layer = new layers[kind](inputs, hidden, options) as LSTM
    const plain = layer.forward.bind(layer)
    const more = lengths === undefined ? {} : { lengths }
    const forward = (x: Tensor, h?: Tensor, c?: Tensor): unknown =>
      plain(x, h === undefined ? undefined : { h, c: c as Tensor }, more)
    return Object.defineProperty(layer, 'forward', { value: forward, enumerable: false })
  }

const cell =
  (kind: keyof typeof cells): Maker =>
  ([inputs, hidden], options) => {
    const made = new cells[kind](inputs, hidden, options)
    if (!(made instanceof LSTMCell)) return made
    const plain = made.forward.bind(made)
    const forward = (x: Tensor, h?: Tensor, c?: Tensor): unknown => plain(x, h && c && { h, c })
    return Object.defineProperty(made, 'forward', { value: forward, enumerable: false })
  }

testAgainstTorch('recurrent', {
  RNN: withStates('RNN'),
  LSTM: withStates('LSTM'),
  GRU: withStates('GRU'),
  LSTMCell: cell('LSTMCell'),
  GRUCell: cell('GRUCell'),
  RNNCell: cell('RNNCell'),
})
