/** Kinds, output axes, gates and slices from names and shapes, on the names that real frameworks write. */
import { describe, expect, it } from 'vitest'
import type { TensorEntry } from '../../src/checkpoint/index.js'
import type { StorageType } from '../../src/core/index.js'
import { inferKind, slicesOf } from '../../src/weights/kinds.js'

function entry(name: string, shape: number[], more: Partial<TensorEntry> = {}, type: StorageType = 'f32'): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1)
  const storage = { kind: 'range', source: 0, offset: 0, length: 0 } as const
  const data = { storage, type, shape, offset: 0, strides: null, bigEndian: false }
  return {
    name,
    dtype: type,
    shape,
    count,
    data,
    kind: null,
    outAxis: null,
    groups: null,
    group: 'model',
    sharesWith: null,
    ...more,
  }
}

type Row = [name: string, shape: number[], expected: string]

/** Infers all of a model's tensors together and shows each as `kind outAxis gates`. */
function shown(rows: readonly Row[]): Row[] {
  const entries = rows.map(([name, shape]) => entry(name, shape, {}, /ids$|tracked$/.test(name) ? 'i64' : 'f32'))
  const all = new Map(entries.map((one) => [one.name, one]))
  return entries.map((one) => {
    const { kind, outAxis, gates } = inferKind(one, all)
    return [one.name, [...one.shape], [kind, outAxis, gates].filter((part) => part !== null).join(' ')]
  })
}

describe('inferKind', () => {
  it.each<[string, Row[]]>([
    [
      'a PyTorch convolutional network',
      [
        ['conv1.weight', [64, 3, 7, 7], 'conv 0'],
        ['bn1.weight', [64], 'norm'],
        ['bn1.bias', [64], 'bias'],
        ['bn1.running_mean', [64], 'state'],
        ['bn1.running_var', [64], 'state'],
        ['bn1.num_batches_tracked', [], 'state'],
        ['layer1.0.downsample.0.weight', [256, 64, 1, 1], 'conv 0'],
        ['layer1.0.downsample.1.weight', [256], 'norm'],
        ['up.0.weight', [64, 32, 2, 2], 'convTranspose 1'],
        ['up.0.bias', [32], 'bias'],
        ['deconv1.weight', [64, 64, 2, 2], 'convTranspose 1'],
        ['prelu1.weight', [28], 'unknown'],
        ['fc.weight', [1000, 512], 'linear 0'],
      ],
    ],
    [
      'LSTM, GRU, RNN and their cells',
      [
        ['lstm.weight_ih_l0', [1024, 80], 'recurrent 0 4'],
        ['lstm.weight_hh_l0', [1024, 256], 'recurrent 0 4'],
        ['lstm.bias_ih_l0', [1024], 'bias'],
        ['gru.weight_ih_l0_reverse', [768, 80], 'recurrent 0 3'],
        ['gru.weight_hh_l0_reverse', [768, 256], 'recurrent 0 3'],
        ['rnn.weight_ih_l0', [256, 80], 'recurrent 0 1'],
        ['rnn.weight_hh_l0', [256, 256], 'recurrent 0 1'],
        ['cell.weight_ih', [512, 128], 'recurrent 0 4'],
        ['cell.weight_hh', [512, 128], 'recurrent 0 4'],
        // proj_size 32: the hidden size 64 shows in weight_hr only.
        ['proj.weight_ih_l0', [256, 80], 'recurrent 0 4'],
        ['proj.weight_hh_l0', [256, 32], 'recurrent 0 4'],
        ['proj.weight_hr_l0', [32, 64], 'recurrent 0'],
      ],
    ],
    [
      'GPT-2, whose Conv1D is [in, out]',
      [
        ['transformer.wte.weight', [50257, 768], 'embedding 0'],
        ['transformer.wpe.weight', [1024, 768], 'embedding 0'],
        ['transformer.h.0.ln_1.weight', [768], 'norm'],
        ['transformer.h.0.attn.bias', [1, 1, 1024, 1024], 'constant'],
        ['transformer.h.0.attn.c_attn.weight', [768, 2304], 'attention 1'],
        ['transformer.h.0.attn.c_attn.bias', [2304], 'bias'],
        ['transformer.h.0.attn.c_proj.weight', [768, 768], 'attention 1'],
        ['transformer.h.0.mlp.c_fc.weight', [768, 3072], 'linear 1'],
        ['transformer.h.0.mlp.c_proj.weight', [3072, 768], 'linear 1'],
        ['lm_head.weight', [50257, 768], 'linear 0'],
      ],
    ],
    [
      'the same names over nn.Linear',
      [
        ['transformer.h.0.attn.c_attn.weight', [2304, 768], 'attention 0'],
        ['transformer.h.0.attn.c_proj.weight', [768, 768], 'attention 0'],
        ['transformer.h.0.mlp.c_fc.weight', [3072, 768], 'linear 0'],
      ],
    ],
    [
      'Llama',
      [
        ['model.embed_tokens.weight', [32000, 4096], 'embedding 0'],
        ['model.layers.0.input_layernorm.weight', [4096], 'norm'],
        ['model.layers.0.self_attn.q_proj.weight', [4096, 4096], 'attention 0'],
        ['model.layers.0.self_attn.rotary_emb.inv_freq', [64], 'constant'],
        ['model.layers.0.mlp.gate_proj.weight', [11008, 4096], 'linear 0'],
        ['model.norm.weight', [4096], 'norm'],
      ],
    ],
    [
      'BERT and T5',
      [
        ['bert.embeddings.word_embeddings.weight', [30522, 768], 'embedding 0'],
        ['bert.embeddings.position_ids', [1, 512], 'constant'],
        ['bert.embeddings.LayerNorm.weight', [768], 'norm'],
        ['bert.encoder.layer.0.attention.self.query.weight', [768, 768], 'attention 0'],
        ['bert.encoder.layer.0.intermediate.dense.weight', [3072, 768], 'linear 0'],
        ['shared.weight', [32128, 512], 'embedding 0'],
        ['encoder.block.0.layer.0.SelfAttention.q.weight', [512, 512], 'attention 0'],
        ['encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', [32, 8], 'embedding 0'],
      ],
    ],
    [
      'a vision transformer',
      [
        ['patch_embed.proj.weight', [768, 3, 16, 16], 'conv 0'],
        ['cls_token', [1, 1, 768], 'embedding'],
        ['pos_embed', [1, 197, 768], 'embedding'],
        ['blocks.0.attn.qkv.weight', [2304, 768], 'attention 0'],
        ['blocks.0.ls1.gamma', [768], 'norm'],
        ['logit_scale', [], 'scalar'],
      ],
    ],
    [
      'Keras and Flax, whose kernels end in [in, out]',
      [
        ['dense/kernel:0', [784, 10], 'linear 1'],
        ['dense/bias:0', [10], 'bias'],
        ['conv2d/kernel:0', [3, 3, 1, 32], 'conv 3'],
        ['conv2d_transpose/kernel:0', [3, 3, 16, 32], 'convTranspose 2'],
        ['lstm/lstm_cell/kernel:0', [32, 256], 'recurrent 1 4'],
        ['lstm/lstm_cell/recurrent_kernel:0', [64, 256], 'recurrent 1 4'],
        ['batch_normalization/gamma:0', [32], 'norm'],
        ['batch_normalization/moving_mean:0', [32], 'state'],
        ['params/Embed_0/embedding', [1000, 64], 'embedding 0'],
        ['params/LayerNorm_0/scale', [256], 'norm'],
        ['batch_stats/BatchNorm_0/mean', [32], 'state'],
      ],
    ],
    [
      'GGUF',
      [
        ['token_embd.weight', [32000, 4096], 'embedding 0'],
        ['blk.0.attn_q.weight', [4096, 4096], 'attention 0'],
        ['blk.0.attn_norm.weight', [4096], 'norm'],
        ['blk.0.ffn_down.weight', [4096, 14336], 'linear 0'],
        ['blk.0.ffn_gate_exps.weight', [8, 14336, 4096], 'linear 1'],
        ['rope_freqs.weight', [64], 'constant'],
        ['output_norm.weight', [4096], 'norm'],
        ['output.weight', [32000, 4096], 'linear 0'],
      ],
    ],
    [
      'stacked experts as [experts, in, out]',
      [
        ['mlp.experts.gate_up_proj', [32, 2880, 5760], 'linear 2'],
        ['mlp.experts.down_proj', [32, 2880, 2880], 'linear 2'],
        ['mlp.experts.gate_up_proj_bias', [32, 5760], 'bias'],
      ],
    ],
    [
      'stacked experts as [experts, out, in]',
      [
        ['mlp.experts.gate_up_proj', [8, 28672, 4096], 'linear 1'],
        ['mlp.experts.down_proj', [8, 4096, 14336], 'linear 1'],
      ],
    ],
    [
      'names that say little: a bias proves the axis, otherwise nothing is claimed',
      [
        ['W1', [3, 4], 'linear 1'],
        ['b1', [4], 'bias'],
        ['arr_0', [3, 4], 'unknown'],
        ['arr_1', [1], 'scalar'],
        ['norm_proj.weight', [3, 4], 'linear 0'],
      ],
    ],
  ])('%s', (_, rows) => {
    expect(shown(rows)).toEqual(rows)
  })

  it('takes what a graph says before any name', () => {
    const conv = entry('fc.weight', [8, 4], { kind: 'conv', outAxis: 1 })
    expect(inferKind(conv, new Map())).toEqual({ kind: 'conv', outAxis: 1, gates: null })
    const lstm = entry('onnx::LSTM_1', [1, 8, 3], { kind: 'recurrent', outAxis: 1, gates: ['i', 'o', 'f', 'c'] })
    expect(inferKind(lstm, new Map())).toEqual({ kind: 'recurrent', outAxis: 1, gates: 4 })
  })

  it('calls optimizer state what it is, whatever its name', () => {
    expect(inferKind(entry('optimizer.state.0.weight', [8, 4], { group: 'optimizer' }), new Map()).kind).toBe('state')
  })

  it('calls integers and booleans constants, but a quantized weight a weight', () => {
    const kindOf = (name: string, shape: number[], type: StorageType): string =>
      inferKind(entry(name, shape, {}, type), new Map()).kind
    expect(kindOf('lookup', [4, 4], 'i64')).toBe('constant')
    expect(kindOf('fc.weight', [4, 4], 'i8')).toBe('linear')
    expect(kindOf('mask', [4, 4], 'bool')).toBe('constant')
  })

  it('is not slowed down by names made to slow it down', () => {
    const hostile = entry(`${'attn.'.repeat(100_000)}x`, [4, 4])
    const start = performance.now()
    inferKind(hostile, new Map([[hostile.name, hostile]]))
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('slicesOf', () => {
  const slices = (name: string, shape: number[], ...others: TensorEntry[]): string[] => {
    const one = entry(name, shape)
    const inferred = inferKind(one, new Map([one, ...others].map((each) => [each.name, each])))
    return slicesOf(one, inferred.kind, inferred).map(
      (slice) => `${slice.name} ${slice.axis}:${slice.from}-${slice.to}`,
    )
  }

  it('cuts recurrent weights into gates, in the order of who wrote them', () => {
    expect(slices('lstm.weight_hh_l0', [8, 2])).toEqual(['i 0:0-2', 'f 0:2-4', 'g 0:4-6', 'o 0:6-8'])
    expect(slices('gru.weight_hh_l0', [6, 2])).toEqual(['r 0:0-2', 'z 0:2-4', 'n 0:4-6'])
    expect(slices('lstm/cell/recurrent_kernel', [2, 8])).toEqual(['i 1:0-2', 'f 1:2-4', 'c 1:4-6', 'o 1:6-8'])
    expect(slices('rnn.weight_hh_l0', [2, 2])).toEqual([])
    const onnx = entry('R', [1, 8, 2], { kind: 'recurrent', outAxis: 1, gates: ['i', 'o', 'f', 'c'] })
    expect(slicesOf(onnx, 'recurrent').map(({ name, axis, from }) => [name, axis, from])).toEqual([
      ['i', 1, 0],
      ['o', 1, 2],
      ['f', 1, 4],
      ['c', 1, 6],
    ])
  })

  it('cuts fused projections into query, key and value along their outputs', () => {
    const thirds = ['query', 'key', 'value']
    expect(slices('attn.in_proj_weight', [12, 4])).toEqual(thirds.map((name, i) => `${name} 0:${4 * i}-${4 * i + 4}`))
    expect(slices('transformer.h.0.attn.c_attn.weight', [4, 12])).toEqual(
      thirds.map((name, i) => `${name} 1:${4 * i}-${4 * i + 4}`),
    )
  })

  it('does not cut where heads are interleaved or fewer keys than queries hide the border', () => {
    expect(slices('gpt_neox.layers.0.attention.query_key_value.weight', [12, 4])).toEqual([])
    expect(slices('model.layers.0.self_attn.qkv_proj.weight', [8, 4])).toEqual([])
  })

  it('cuts stacked experts one by one', () => {
    expect(slices('blk.0.ffn_up_exps.weight', [3, 4, 2])).toEqual([
      'expert 0 0:0-1',
      'expert 1 0:1-2',
      'expert 2 0:2-3',
    ])
    expect(slices('blk.0.ffn_up_exps.weight', [10_000, 4, 2])).toEqual([])
  })
})
