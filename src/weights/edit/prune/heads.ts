/** Which projection of which attention block a tensor is, by its name. */

export type Role = 'query' | 'key' | 'value' | 'output' | 'fused'

/** In the order they are tried; `_` and `.` part the words of a name. */
const roles: readonly (readonly [Role, RegExp])[] = [
  ['fused', /^(in_proj|in_proj_weight|qkv|wqkv|c_attn|query_key_value|qkv_proj|attn_qkv|in_proj_qkv)$/],
  ['query', /^(q|q_proj|query|wq|q_lin|to_q|attn_q)$/],
  ['key', /^(k|k_proj|key|wk|k_lin|to_k|attn_k)$/],
  ['value', /^(v|v_proj|value|wv|v_lin|to_v|attn_v)$/],
  ['output', /^(o|o_proj|out_proj|out|wo|out_lin|c_proj|to_out|attn_output|output)$/],
]

const attention =
  /^(attn|attention|self_attn|selfattention|encdecattention|cross_attn|crossattention|multi_head_attention|mha)$/

/**
 * The block that a projection belongs to, and its part in it: `layers.0.self_attn` and `query` of `layers.0.self_attn.q_proj.weight`. Null for
 * what is none by its name.
 */
export function blockOf(name: string): { readonly block: string; readonly role: Role } | null {
  const parts = name.replace(/:0$/, '').replaceAll('/', '.').split('.')
  const lower = parts.map((part) => part.toLowerCase())
  const inside = lower.findLastIndex((part) => attention.test(part))
  // GGUF has no module for the block: blk.0.attn_q.weight.
  for (let at = lower.length - 1; at > inside; at--) {
    const role = roles.find(([, pattern]) => pattern.test(lower[at]!))?.[0]
    if (role === undefined || (inside < 0 && !/attn|qkv|query_key_value/.test(lower[at]!))) continue
    return { block: parts.slice(0, inside < 0 ? at : inside + 1).join('.'), role }
  }
  return null
}

/** Output projections read the heads: theirs are columns. */
export const isOutput = (role: Role): boolean => role === 'output'
