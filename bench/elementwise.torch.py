"""The PyTorch peer of elementwise.bench.ts, one thread. Reads a line "OP TYPE N FILE_A FILE_B FILE_OUT", runs it into a ready output, answers with the seconds; with FILE_OUT other than "-" it writes what came out there."""
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
print('ready', torch.__version__, flush=True)
functional = torch.nn.functional
into = {
    'add': lambda a, b, out: torch.add(a, b, out=out),
    'mul': lambda a, b, out: torch.mul(a, b, out=out),
    'addScalar': lambda a, b, out: torch.add(a, 1.5, out=out),
    'pow': lambda a, b, out: torch.pow(a, b, out=out),
    'maximum': lambda a, b, out: torch.maximum(a, b, out=out),
    'lt': lambda a, b, out: torch.lt(a, b),
    'bias10': lambda a, b, out: torch.add(a.view(-1, 10), b[:10], out=out.view(-1, 10)),
    'bias1000': lambda a, b, out: torch.add(a.view(-1, 1000), b[:1000], out=out.view(-1, 1000)),
    'column': lambda a, b, out: torch.mul(a.view(-1, 10), b[: len(a) // 10, None], out=out.view(-1, 10)),
    'transposed': lambda a, b, out: torch.add(a.view(2000, -1).t(), b.view(-1, 2000), out=out.view(-1, 2000)),
    'transpose': lambda a, b, out: out.view(-1, 2000).copy_(a.view(2000, -1).t()),
    'relu': lambda a, b, out: torch.clamp(a, min=0, out=out),
    'gelu': lambda a, b, out: functional.gelu(a),
    'silu': lambda a, b, out: functional.silu(a),
    'softplus': lambda a, b, out: functional.softplus(a),
}
POSITIVE = ('log', 'pow')
loaded = {}


def load(kind, n, path):
    if path not in loaded:
        loaded[path] = torch.from_numpy(np.fromfile(path, '<f4' if kind == 'f32' else '<f8', count=n))
    return loaded[path]


outputs = {}
for line in sys.stdin:
    op, kind, n, first, second, target = line.split()
    n = int(n)
    a, b = load(kind, n, first), load(kind, n, second)
    out = outputs.setdefault((kind, n), torch.zeros_like(a))
    run = into.get(op) or (lambda a, b, out: getattr(torch, op)(a, out=out))
    if op in POSITIVE:
        a = a.abs()
    start = time.perf_counter()
    result = run(a, b, out)
    seconds = time.perf_counter() - start
    if target != '-':
        result.contiguous().numpy().tofile(target)
    print(seconds, flush=True)
