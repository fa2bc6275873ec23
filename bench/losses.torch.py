"""PyTorch's side of losses.bench.ts, one thread: one line of JSON in (task, calls), one out (wall seconds a call, a figure of the gradient, processor
seconds)."""
import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def wave(count, step):
    return torch.from_numpy(np.sin(np.arange(count, dtype=np.float64) * step).astype(np.float32))


tasks = {}
for rows, classes in ((128, 10), (2048, 65), (512, 32000)):
    x = wave(rows * classes, 0.37).view(rows, classes).requires_grad_()
    labels = torch.arange(rows) * 7 % classes
    tasks[f'cross-entropy {rows} x {classes}'] = (x, lambda x, labels=labels: F.cross_entropy(x, labels))
x, y = wave(128 * 784, 0.37).view(128, 784).requires_grad_(), wave(128 * 784, 0.73).abs().view(128, 784)
tasks['mse 128 x 784'] = (x, lambda x: F.mse_loss(x, y))
tasks['huber 128 x 784'] = (x, lambda x: F.huber_loss(x, y))
tasks['binary with logits 128 x 784'] = (x, lambda x: F.binary_cross_entropy_with_logits(x, y))
tasks['dropout 128 x 784'] = (x, lambda x: F.dropout(x, 0.5).sum())

for line in sys.stdin:
    asked = json.loads(line)
    if asked is None:
        answer = torch.__version__
    else:
        x, loss = tasks[asked[0]]
        start, before = time.perf_counter(), time.process_time()
        for _ in range(asked[1]):
            x.grad = None
            loss(x).backward()
        calls = asked[1]
        answer = [(time.perf_counter() - start) / calls, float(x.grad.abs().sum()), (time.process_time() - before) / calls]
    print(json.dumps(answer), flush=True)
