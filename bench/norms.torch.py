"""The PyTorch peer of norms.bench.ts: answers each question, a JSON line, with seconds and a figure of the result."""
import json
import sys
import time

import torch

torch.set_num_threads(1)
x = None


def soft(x, theta):
    return torch.sign(x) * (x.abs() - theta).clamp_(min=0)


def l1_sort(x, radius):
    """Held, Wolfe & Crowder: the threshold from sorted sizes and their sums, in float64."""
    sizes = x.abs()
    if sizes.sum(dtype=torch.float64) <= radius:
        return x.clone()
    ordered = sizes.sort(descending=True)[0]
    thresholds = (ordered.cumsum(0, dtype=torch.float64) - radius) / torch.arange(1, x.numel() + 1)
    rank = int((ordered > thresholds).sum())
    return soft(x, thresholds[rank - 1].float())


def l1_topk(x, radius):
    """The same on as many of the largest as it takes, four times as many each time."""
    sizes = x.abs()
    if sizes.sum(dtype=torch.float64) <= radius:
        return x.clone()
    k = 1024
    while True:
        k = min(4 * k, x.numel())
        ordered = sizes.topk(k)[0]
        thresholds = (ordered.cumsum(0, dtype=torch.float64) - radius) / torch.arange(1, k + 1)
        rank = int((ordered > thresholds).sum())
        if rank < k or k == x.numel():
            return soft(x, thresholds[rank - 1].float())


def keep_topk(x, k):
    mask = torch.zeros_like(x)
    mask[x.abs().topk(k, sorted=False)[1]] = 1
    return x * mask


def keep_kth(x, k):
    sizes = x.abs()
    least = sizes.kthvalue(x.numel() - k + 1)[0]
    return x * (sizes >= least)


cases = {
    'l1 sort': l1_sort,
    'l1 topk': l1_topk,
    'keep topk': keep_topk,
    'keep kth': keep_kth,
    'soft': lambda x, t: torch.nn.functional.softshrink(x, t),
    'hard': lambda x, t: torch.nn.functional.hardshrink(x, t),
    'clip': lambda x, t: x.clamp(-t, t),
}

for line in sys.stdin:
    question = json.loads(line)
    if 'load' in question:
        x = torch.from_file(question['load'], size=question['n'], dtype=torch.float32).clone()
        print(json.dumps(torch.__version__), flush=True)
        continue
    run = cases[question['case']]
    start = time.perf_counter()
    y = run(x, question['size'])
    seconds = time.perf_counter() - start
    print(json.dumps({'seconds': seconds, 'figure': float(y.sum(dtype=torch.float64)), 'nonzero': int((y != 0).sum())}), flush=True)
