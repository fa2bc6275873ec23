/**
 * What names say about tensors, in one table: the first rule that fits decides. Names are compared in lower case with `.` between the parts,
 * whatever the format writes there; `last` is the axis count minus one.
 */
import type { Kind } from '../checkpoint/index.js'

export interface NameRule {
  readonly pattern: RegExp
  /** Numbers of axes it applies to; absent means any. */
  readonly ranks?: readonly number[]
  readonly kind: Kind
  /** `last` and `beforeLast` count from the end. */
  readonly outAxis?: number | 'last' | 'beforeLast'
  readonly why: string
}

const matrix = [2]
const kernels = [3, 4, 5]

export const nameRules: readonly NameRule[] = [
  {
    pattern: /(^|\.)(running_mean|running_var|num_batches_tracked|moving_mean|moving_variance)$/,
    kind: 'state',
    why: 'batch normalization keeps these, no gradient moves them',
  },
  { pattern: /^batch_stats\..*\.(mean|var)$/, kind: 'state', why: "Flax's collection of running statistics" },
  { pattern: /(^|\.)weight_(u|v)$/, ranks: [1], kind: 'state', why: "spectral normalization's power iteration" },
  {
    pattern:
      /(^|\.)(inv_freq|position_ids|token_type_ids|masked_bias|weight_mask|bias_mask|freqs_cis|rope_freqs\.weight)$/,
    kind: 'constant',
    why: 'tables and masks that a module registers as buffers',
  },
  { pattern: /\.attn\.bias$/, ranks: [2, 3, 4], kind: 'constant', why: "GPT-2's causal mask is a buffer named bias" },
  {
    pattern: /(^|\.)relative_attention_bias\.weight$/,
    kind: 'embedding',
    outAxis: 0,
    why: "T5's table of relative positions",
  },
  {
    pattern: /(^|[._])(bias|beta|b\d*|bias_(ih|hh)(_l\d+(_reverse)?)?|in_proj_bias|bias_[kv])$/,
    kind: 'bias',
    why: "every framework's words for an added vector",
  },
  {
    pattern: /(^|\.)weight_(ih|hh|hr)(_l\d+)?(_reverse)?$/,
    ranks: matrix,
    kind: 'recurrent',
    outAxis: 0,
    why: 'PyTorch LSTM, GRU, RNN and their cells: [gates * hidden, in]',
  },
  {
    pattern: /(^|\.)recurrent_kernel$/,
    ranks: matrix,
    kind: 'recurrent',
    outAxis: 'last',
    why: 'Keras: [hidden, gates * hidden]',
  },
  {
    pattern: /(lstm|gru|simple_?rnn)[^.]*\.(.*\.)?kernel$/,
    ranks: matrix,
    kind: 'recurrent',
    outAxis: 'last',
    why: 'Keras: [in, gates * hidden]',
  },
  {
    pattern: /(^|[._])(in_proj_weight|(qkv|wqkv|c_attn|query_key_value|qkv_proj|attn_qkv|in_proj_qkv)(\.weight)?)$/,
    ranks: matrix,
    kind: 'attention',
    outAxis: 0,
    why: 'query, key and value in one matrix',
  },
  {
    pattern:
      /(^|[._])(attn|attention|self_attn|selfattention|encdecattention|cross_attn|self|crossattention)\.(.*\.)?(q|k|v|o|q_proj|k_proj|v_proj|o_proj|out_proj|query|key|value|out|wq|wk|wv|wo|q_lin|k_lin|v_lin|out_lin|c_proj|to_q|to_k|to_v)(\.0)?\.weight$/,
    ranks: matrix,
    kind: 'attention',
    outAxis: 0,
    why: 'projections of an attention block',
  },
  {
    pattern: /(^|\.)attn_(q|k|v|output)\.weight$/,
    ranks: matrix,
    kind: 'attention',
    outAxis: 0,
    why: "GGUF's names of the same",
  },
  {
    pattern: /attention.*\.(query|key|value|out)\.kernel$/,
    ranks: [2, 3],
    kind: 'attention',
    outAxis: 'last',
    why: 'Flax and Keras projections',
  },
  {
    pattern:
      /(^|[._])(cls_token|mask_token|dist_token|pos_embed|pos_embedding|position_embedding|positional_embedding|class_embedding|query_tokens|latents)$/,
    kind: 'embedding',
    why: 'learned vectors that are added or prepended, not looked up',
  },
  {
    pattern:
      /(^|[._])(wte|wpe|embed_tokens|embed_positions|word_embeddings|position_embeddings|token_type_embeddings|tok_embeddings|token_embd|position_embd|token_types|word_embedding|embeddings?|embed|emb|lookup_table)(\.weight|\.embedding|\.embeddings)?$/,
    ranks: matrix,
    kind: 'embedding',
    outAxis: 0,
    why: 'a table of which rows are looked up',
  },
  {
    pattern: /(^|\.)shared\.weight$/,
    ranks: matrix,
    kind: 'embedding',
    outAxis: 0,
    why: "T5's and BART's shared embedding",
  },
  {
    pattern:
      /(^|[._])((layer|batch|group|rms|instance)_?norm[^.]*|norm[^.]*|[^.]*_norm|ln(_?[a-z0-9]+)?|bn\d*|ls\d*|layer_?scale[^.]*)\.(weight|scale|gamma|g)$/,
    ranks: [0, 1],
    kind: 'norm',
    why: 'the scale of a normalization layer',
  },
  { pattern: /(^|[._])(gamma|weight_g|layer_scale_?\d*)$/, kind: 'norm', why: 'a scale per channel' },
  {
    pattern: /prelu[^.]*(\.weight|\.alpha)$|(^|\.)act\d*\.weight$/,
    ranks: [0, 1],
    kind: 'unknown',
    why: 'the slopes of a PReLU are neither scale nor weight',
  },
  { pattern: /(^|\.)(logit_scale|temperature|alpha|lambda)$/, ranks: [0], kind: 'scalar', why: 'learned numbers' },
  {
    pattern:
      /(experts\.(gate_up_proj|down_proj|w[123]|gate_proj|up_proj)(\.weight)?|_exps\.weight|experts\.[^.]*\.?weight|(^|\.)input_linear\.weight|(^|\.)output_linear\.weight)$/,
    ranks: [3],
    kind: 'linear',
    outAxis: 1,
    why: 'the experts of a mixture stacked on the first axis: [experts, out, in]',
  },
  {
    pattern: /(conv|up|deconv|convtranspose|transpose)[^.]*transpose[^.]*\.kernel$|(deconv|transpose)[^.]*\.kernel$/,
    ranks: kernels,
    kind: 'convTranspose',
    outAxis: 'beforeLast',
    why: 'Keras stores [..., out, in] for transposed convolutions',
  },
  {
    pattern: /(^|[._])depthwise_kernel$/,
    ranks: kernels,
    kind: 'conv',
    why: 'Keras: [h, w, in, multiplier], of which the outputs are two axes',
  },
  {
    pattern: /(^|[._])(pointwise_kernel|kernel)$/,
    ranks: kernels,
    kind: 'conv',
    outAxis: 'last',
    why: 'Keras and Flax: [..., in, out]',
  },
  { pattern: /(^|[._])kernel$/, ranks: matrix, kind: 'linear', outAxis: 'last', why: 'Keras and Flax: [in, out]' },
  {
    pattern: /(deconv|conv_?transpose|convtr|transposed)[^.]*\.([^.]*\.)?weight(_v|_orig)?$/,
    ranks: kernels,
    kind: 'convTranspose',
    outAxis: 1,
    why: 'PyTorch stores [in, out / groups, ...]',
  },
  {
    pattern: /(^|[._])(weight|weight_v|weight_orig|original1|weights|w)$/,
    ranks: kernels,
    kind: 'conv',
    outAxis: 0,
    why: '[out, in / groups, ...]',
  },
  {
    pattern: /(^|[._])(weight|weight_v|weight_orig|original1|weights|w|proj|lora_[ab]|w[123]|head)$/,
    ranks: matrix,
    kind: 'linear',
    outAxis: 0,
    why: '[out, in]',
  },
  {
    pattern: /(^|[._])(weight|scale|w)$/,
    ranks: [1],
    kind: 'norm',
    why: 'a vector called weight is the scale of a normalization',
  },
]

/** Long enough for every real name; hostile ones are cut, since some patterns look back over all of it. */
const longestName = 512

/** The name as the rules see it. */
export function ruleName(name: string): string {
  return name
    .slice(-longestName)
    .replace(/:0$/, '')
    .replaceAll('/', '.')
    .replace(/\.(default|base_layer)\.weight$/, '.weight')
    .toLowerCase()
}
