/** Compressed files in PyTorch: the lines of the record build the modules, `load_state_dict` takes the file strictly, and outputs are those of the dense result. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compress } from '../../src/weights/index.node.js'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0

/** A model with every kind of layer that has two factors, and a reader and writer of safetensors. */
const shared = `
import json, struct, sys
import numpy as np
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(30, 12)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 12, bias=False)) for _ in range(2)])
        self.wave = nn.Conv1d(12, 10, 5, stride=2, padding=3, padding_mode='circular')
        self.conv = nn.Conv2d(5, 16, (3, 4), stride=(2, 1), padding=1, dilation=(1, 2))
        self.norm = nn.BatchNorm2d(16)
        self.up = nn.ConvTranspose2d(16, 9, 3, stride=2, padding=1, output_padding=1)
        self.head = nn.Linear(9, 11)
    def forward(self, tokens, image):
        x = self.emb(tokens)
        for block in self.blocks:
            x = x + block(x)
        y = torch.relu(self.norm(self.conv(image)))
        y = self.up(y).mean((2, 3))
        return self.wave(x.transpose(1, 2)).flatten(1), self.head(y)

def write(path, state):
    header, data, at = {}, [], 0
    for name, x in state.items():
        bytes = x.contiguous().numpy().tobytes()
        header[name] = {'dtype': {'torch.float32': 'F32', 'torch.int64': 'I64'}[str(x.dtype)], 'shape': list(x.shape), 'data_offsets': [at, at + len(bytes)]}
        data.append(bytes); at += len(bytes)
    text = json.dumps(header).encode()
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + b''.join(data))

def read(path):
    raw = open(path, 'rb').read()
    n = struct.unpack('<Q', raw[:8])[0]
    header = json.loads(raw[8:8 + n])
    meta = header.pop('__metadata__', {})
    kinds = {'F32': np.float32, 'I64': np.int64}
    state = {}
    for name, one in header.items():
        a, b = one['data_offsets']
        state[name] = torch.from_numpy(np.frombuffer(raw[8 + n + a:8 + n + b], kinds[one['dtype']]).reshape(one['shape']).copy())
    return state, meta
`
const make = `${shared}
torch.manual_seed(1)
model = Net()
write(sys.argv[1], model.state_dict())
`
const compare = `${shared}
torch.manual_seed(2)
tokens, image = torch.randint(0, 30, (3, 17)), torch.randn(3, 5, 14, 15)
small, meta = read(sys.argv[1])
model = Net()
for line in json.loads(meta['normball'])[-1]['modules'].values():
    exec(line)
missing = model.load_state_dict(small, strict=True)
model.eval()
flat = Net()
flat.load_state_dict(read(sys.argv[2])[0], strict=True)
flat.eval()
whole = Net()
whole.load_state_dict(read(sys.argv[3])[0], strict=True)
whole.eval()
with torch.no_grad():
    ours, dense, original = model(tokens, image), flat(tokens, image), whole(tokens, image)
print(json.dumps({
    'apart': max(float((a - b).abs().max()) for a, b in zip(ours, dense)),
    'changed': max(float((a - b).abs().max()) for a, b in zip(original, dense)),
    'largest': max(float(a.abs().max()) for a in dense),
    'modules': len(json.loads(meta['normball'])[-1]['modules']),
    'parameters': sum(p.numel() for p in model.parameters()) / sum(p.numel() for p in whole.parameters()),
}))
`

function runPython(program: string, args: readonly string[]): string {
  const done = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
  return done.stdout
}

describe.skipIf(!hasTorch)('PyTorch loads what was compressed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normball-compress-'))
  const input = join(folder, 'in.safetensors')
  beforeAll(() => void runPython(make, [input]))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['rank 3', { rank: 3 }],
    ['a budget', { budget: 0.6 }],
    ['an error', { maxError: 0.6 }],
  ] as const)('%s', async (name, options) => {
    const [small, flat] = [join(folder, `${name}.safetensors`), join(folder, `${name}-flat.safetensors`)]
    const chosen = {
      groups: { '*': 1 },
      tensors: '*.weight',
      ...(name === 'a budget' ? { budgetOf: 'model' as const } : {}),
    }
    const report = await compress(input, small, { ...options, ...chosen })
    // Dense at the very ranks that were chosen.
    let source = input
    const ranks = report.tensors.filter(({ details }) => typeof details['rank'] === 'number')
    for (const [i, one] of ranks.entries()) {
      const next = i === ranks.length - 1 ? flat : join(folder, `step${i}.safetensors`)
      await compress(source, next, { rank: one.details['rank'] as number, tensors: one.name, dense: true })
      source = next
    }
    const said = JSON.parse(runPython(compare, [small, flat, input])) as Record<string, number>
    expect(said['modules']).toBe(ranks.length)
    expect(said['modules']).toBeGreaterThan(2)
    expect(said['apart']).toBeLessThan(1e-5 * said['largest']!)
    expect(said['changed']).toBeGreaterThan(1e-2 * said['largest']!)
    if (name === 'a budget') expect(said['parameters']).toBeLessThanOrEqual(0.6)
  })
})
