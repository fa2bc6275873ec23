/** What names of one network have in common whoever wrote them: wrappers that add prefixes, frameworks with other words for the same thing. */

/** A name without what wrappers and frameworks add, and what was done to it. */
export interface Canonical {
  readonly key: string
  /** Rules that changed it, in words. */
  readonly rules: readonly string[]
}

interface Renaming {
  readonly pattern: RegExp
  readonly to: string
  /** Null where it is the removal of what the pattern finds. */
  readonly rule: string | null
}

/** Applied in order, each as often as it fits. Wrappers first, in whatever order they lie around a name: what they hide may be renamed too. */
const renamings: readonly Renaming[] = [
  { pattern: /:\d+$/, to: '', rule: "without TensorFlow's output number" },
  { pattern: /^[./]+/, to: '', rule: "without a leading '/'" },
  { pattern: /\/+/, to: '.', rule: "'/' as '.'" },
  { pattern: /(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\./, to: '', rule: null },
  {
    pattern: /^(base_model\.model|state_dict|model_state_dict|params|self|module|model|transformer|network|net)\./,
    to: '',
    rule: null,
  },
  { pattern: /\.modules_to_save(\.default)?(?=\.)/, to: '', rule: "without '.modules_to_save'" },
  { pattern: /\.base_layer(?=\.)/, to: '', rule: "without '.base_layer'" },
  { pattern: /\.parametrizations\.(\w+)\.original$/, to: '.$1', rule: "without 'parametrizations'" },
  { pattern: /(?<=weight|bias)_orig$/, to: '', rule: "without '_orig'" },
  { pattern: /(?<=^|\.)gamma$/, to: 'weight', rule: 'gamma is weight' },
  { pattern: /(?<=^|\.)beta$/, to: 'bias', rule: 'beta is bias' },
  { pattern: /(?<=^|\.)moving_mean$/, to: 'running_mean', rule: 'moving_mean is running_mean' },
  { pattern: /(?<=^|\.)moving_variance$/, to: 'running_var', rule: 'moving_variance is running_var' },
  { pattern: /(?<=^|\.)(kernel|scale|embedding)$/, to: 'weight', rule: 'kernel, scale and embedding are weight' },
]

/** GGUF's names of the LLaMA family, in the words of its original. */
const ggufBlock: Readonly<Record<string, string>> = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
  ffn_gate_inp: 'mlp.gate',
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
}
const ggufEnds: Readonly<Record<string, string>> = {
  token_embd: 'embed_tokens',
  output_norm: 'norm',
  output: 'lm_head',
}

/** The name that all spellings of one tensor share, where the rules know them. Names of hostile files may be long, so each rule has an end. */
export function canonical(name: string): Canonical {
  let key = name
  const rules = new Set<string>()
  for (const { pattern, to, rule } of renamings) {
    for (let times = 0; times < 32; times++) {
      const match = pattern.exec(key)
      const next = key.replace(pattern, to)
      // A name is never all wrapper.
      if (match === null || next === key || next === '') break
      key = next
      rules.add(rule ?? `without '${match[0]}'`)
    }
  }
  const gguf = fromGguf(key)
  if (gguf !== null) rules.add("GGUF's name")
  return { key: gguf ?? key, rules: [...rules] }
}

function fromGguf(key: string): string | null {
  const block = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(key)
  if (block) {
    const part = ggufBlock[block[2]!]
    return part === undefined ? null : `layers.${block[1]}.${part}.${block[3]}`
  }
  const end = /^(token_embd|output_norm|output)\.(weight|bias)$/.exec(key)
  return end ? `${ggufEnds[end[1]!]}.${end[2]}` : null
}

/** Letters and digits only: for names whose separators became underscores. */
export function flattened(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
}

/** Tails of a dotted name, longest first, the name itself apart: `a.b.c` has `b.c`, `c`. */
export function tails(key: string, most = 24): string[] {
  const found: string[] = []
  for (let at = key.indexOf('.'); at >= 0 && found.length < most; at = key.indexOf('.', at + 1))
    found.push(key.slice(at + 1))
  return found
}
