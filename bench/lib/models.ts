/** The true shapes of well-known networks. */
import type { Planned } from './safetensors.js'

const f32 = (name: string, ...shape: number[]): Planned => ({ name, dtype: 'F32', shape })

export function resnet50(): Planned[] {
  const tensors = [f32('conv1.weight', 64, 3, 7, 7)]
  let width = 64
  const stages: [number, number][] = [
    [64, 3],
    [128, 4],
    [256, 6],
    [512, 3],
  ]
  stages.forEach(([planes, blocks], stage) => {
    for (let block = 0; block < blocks; block++) {
      const at = `layer${stage + 1}.${block}`
      tensors.push(
        f32(`${at}.conv1.weight`, planes, width, 1, 1),
        f32(`${at}.conv2.weight`, planes, planes, 3, 3),
        f32(`${at}.conv3.weight`, planes * 4, planes, 1, 1),
      )
      for (const [i, size] of [planes, planes, planes * 4].entries())
        tensors.push(f32(`${at}.bn${i + 1}.weight`, size), f32(`${at}.bn${i + 1}.bias`, size))
      if (block === 0) tensors.push(f32(`${at}.downsample.0.weight`, planes * 4, width, 1, 1))
      width = planes * 4
    }
  })
  return [...tensors, f32('fc.weight', 1000, 2048), f32('fc.bias', 1000)]
}

export function gpt2(): Planned[] {
  const tensors = [f32('wte.weight', 50257, 768), f32('wpe.weight', 1024, 768)]
  for (let layer = 0; layer < 12; layer++) {
    const at = `h.${layer}`
    tensors.push(
      f32(`${at}.ln_1.weight`, 768),
      f32(`${at}.attn.c_attn.weight`, 768, 2304),
      f32(`${at}.attn.c_proj.weight`, 768, 768),
      f32(`${at}.ln_2.weight`, 768),
      f32(`${at}.mlp.c_fc.weight`, 768, 3072),
      f32(`${at}.mlp.c_proj.weight`, 3072, 768),
    )
  }
  return [...tensors, f32('ln_f.weight', 768)]
}

export function vgg11(): Planned[] {
  const widths = [64, 128, 256, 256, 512, 512, 512, 512]
  const convolutions = widths.map((out, i) => f32(`features.${i}.weight`, out, i === 0 ? 3 : widths[i - 1]!, 3, 3))
  return [
    ...convolutions,
    f32('classifier.0.weight', 4096, 25088),
    f32('classifier.3.weight', 4096, 4096),
    f32('classifier.6.weight', 1000, 4096),
  ]
}
