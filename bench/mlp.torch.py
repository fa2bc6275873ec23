"""PyTorch's side of mlp.bench.ts: one line of JSON in (task, calls), one out (wall seconds a call, loss, processor seconds). The first line is
the number of threads. Models, weights and data are those of mlp.bench.ts."""
import json
import math
import resource
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sizes, batch = [784, 256, 128, 10], 128


def wave(shape, step, scale):
    values = scale * np.sin(np.arange(math.prod(shape), dtype=np.float64) * step + 0.5)
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def fill(model):
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(wave(p.shape, 0.7 + 0.013 * (k + 1), 0.08))


def trainer(model, loss_of):
    fill(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)

    def step():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def make(task):
    layers = [layer for m, n in zip(sizes, sizes[1:]) for layer in (nn.Linear(m, n), nn.ReLU())][:-1]
    x, target = wave((batch, sizes[0]), 0.37, 1), torch.arange(batch) * 7 % 10
    return trainer(nn.Sequential(*layers), lambda m: F.cross_entropy(m(x), target))


steps = {}
for line in sys.stdin:
    question = json.loads(line)
    if isinstance(question, int):
        torch.set_num_threads(question)
        print(json.dumps(torch.__version__), flush=True)
        continue
    if question == 'resident':
        pages = int(open('/proc/self/statm').read().split()[1])
        print(pages * resource.getpagesize() >> 20, flush=True)
        continue
    task, calls = question
    if task not in steps:
        steps[task] = make(task)
    start, before = time.perf_counter(), time.process_time()
    for _ in range(calls):
        loss = steps[task]()
    wall, busy = time.perf_counter() - start, time.process_time() - before
    print(json.dumps([wall / calls, loss, busy / calls]), flush=True)
