/** The step of cnn.bench.ts in tfjs on WebAssembly. Its wasm backend has no gradient of a kernel, so that one is written as the convolution it is. */
import type { Tensor } from '../../src/tensor/index.js'
import { tensorflow } from './javascript.js'

// biome-ignore lint/suspicious/noExplicitAny: the peer is installed apart, so its types are not here
type Foreign = any

/** A step of training from the waves that the other sides start with; images lie [batch, height, width, channels] there. Returns the loss. */
export async function tensorflowStep(
  wave: (shape: readonly number[], step: number, scale: number) => Tensor,
): Promise<() => number> {
  // biome-ignore format: one line
  const tf: Foreign = await tensorflow()
  const given = (shape: number[], step: number, scale: number): Foreign =>
    tf.tensor(wave(shape, step, scale).toArray(), shape)
  const kernel = (shape: number[], step: number): Foreign => tf.transpose(given(shape, step, 0.1), [2, 3, 1, 0])
  const w1 = tf.variable(kernel([16, 1, 3, 3], 0.7))
  const b1 = tf.variable(given([16], 0.8, 0.1))
  const w2 = tf.variable(kernel([32, 16, 3, 3], 0.9))
  const b2 = tf.variable(given([32], 1, 0.1))
  // [10, 32, 7, 7] to [7 * 7 * 32, 10]
  const w3 = tf.variable(tf.reshape(tf.transpose(given([10, 32, 7, 7], 1.1, 0.1), [2, 3, 1, 0]), [1568, 10]))
  const b3 = tf.variable(given([10], 1.2, 0.1))
  const x = tf.transpose(given([64, 1, 28, 28], 0.37, 1), [0, 2, 3, 1])
  const labels = tf.oneHot(tf.tensor1d(Array.from({ length: 64 }, (_, i) => i % 10), 'int32'), 10) // biome-ignore format: one line
  const optimizer = tf.train.adam(1e-3)
  /** The gradient of a 3 by 3 kernel: images and channels change places, and g is the kernel. */
  const kernelGradient = (input: Foreign, g: Foreign): Foreign =>
    tf.transpose(tf.conv2d(tf.pad(tf.transpose(input, [3, 1, 2, 0]), [[0, 0], [1, 1], [1, 1], [0, 0]]), tf.transpose(g, [1, 2, 0, 3]), 1, 'valid'), [1, 2, 0, 3]) // biome-ignore format: one line
  const poolGradient = (dy: Foreign, input: Foreign, output: Foreign): Foreign =>
    tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, { filterSize: 2, strides: 2, pad: 'valid' })
  const ramp = (g: Foreign, y: Foreign): Foreign => tf.mul(g, tf.cast(tf.greater(y, 0), 'float32'))
  return () =>
    tf.tidy(() => {
      const y1 = tf.relu(tf.add(tf.conv2d(x, w1, 1, 'same'), b1))
      const p1 = tf.maxPool(y1, 2, 2, 'valid')
      const y2 = tf.relu(tf.add(tf.conv2d(p1, w2, 1, 'same'), b2))
      const p2 = tf.maxPool(y2, 2, 2, 'valid')
      const flat = tf.reshape(p2, [64, 1568])
      const chances = tf.softmax(tf.add(tf.matMul(flat, w3), b3))
      const loss = tf.neg(tf.mean(tf.log(tf.sum(tf.mul(chances, labels), 1))))
      const g3 = tf.div(tf.sub(chances, labels), 64)
      const g2 = ramp(poolGradient(tf.reshape(tf.matMul(g3, w3, false, true), p2.shape), y2, p2), y2)
      const g1 = ramp(poolGradient(tf.conv2dTranspose(g2, w2, p1.shape, 1, 'same'), y1, p1), y1)
      const sums = (g: Foreign): Foreign => tf.sum(g, g.shape.map((_: number, i: number) => i).slice(0, -1)) // biome-ignore format: one line
      optimizer.applyGradients({
        [w1.name]: kernelGradient(x, g1),
        [b1.name]: sums(g1),
        [w2.name]: kernelGradient(p1, g2),
        [b2.name]: sums(g2),
        [w3.name]: tf.matMul(flat, g3, true),
        [b3.name]: sums(g3),
      })
      return loss.dataSync()[0] as number
    })
}
