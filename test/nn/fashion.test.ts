/** A convolutional network of PyTorch's on Fashion-MNIST: its weights loaded, its logits found again. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { load } from '../../src/checkpoint/index.node.js'
import { Conv2d, Linear, Module, maxPool2d } from '../../src/nn/index.node.js'
import { noGrad, relu, reshape, scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { hasShared, sharedPath } from '../shared.js'

class Net extends Module {
  readonly c1 = new Conv2d(1, 16, 3, { padding: 1 })
  readonly c2 = new Conv2d(16, 32, 3, { padding: 1 })
  readonly fc = new Linear(1568, 10)
  forward(x: Tensor): Tensor {
    const a = maxPool2d(relu(this.c1.forward(x)), 2)
    const b = maxPool2d(relu(this.c2.forward(a)), 2)
    return this.fc.forward(reshape(b, [x.shape[0]!, -1]))
  }
}

describe.skipIf(!hasShared)('Fashion-MNIST', () => {
  test("the first 100 logits are PyTorch's to 1e-4", async () => {
    const net = new Net()
    const path = (name: string): string => sharedPath('oracle', 'fashion', name)
    net.loadStateDict(await load(path('cnn_seed0.safetensors')))
    const expected = (await load(path('cnn_seed0_logits_first100.safetensors'))).get('logits')!.toArray()
    const bytes = gunzipSync(readFileSync(sharedPath('data', 'fashion-mnist', 't10k-images-idx3-ubyte.gz')))
    const pixels = Float32Array.from(bytes.subarray(16, 16 + 100 * 784), (one) => one / 255)
    const logits = scope(() =>
      noGrad(() => net.forward(tensor(pixels, { shape: [100, 1, 28, 28] }))).toArray(),
    ) as unknown as number[]
    let worst = 0
    for (const [i, value] of logits.entries()) worst = Math.max(worst, Math.abs(value - expected[i]!))
    expect(worst).toBeLessThan(1e-4)
  })
})
