"""PyTorch's side of lstm.bench.ts: one line of JSON in (task, calls), one out (wall seconds a call, loss, processor seconds). The first line is
the number of threads. Models, weights and data are those of lstm.bench.ts."""
import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

T, N, symbols = 64, 32, 65


def wave(shape, step, scale):
    values = scale * np.sin(np.arange(math.prod(shape), dtype=np.float64) * step + 0.5)
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def fill(model):
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(wave(p.shape, 0.7 + 0.013 * (k + 1), 0.08))


text = np.floor((np.sin(np.arange(T * N + 1) * 12.9898) + 1) * 0.4999 * symbols).astype(np.int64)


class Character(nn.Module):
    def __init__(self, kind, hidden):
        super().__init__()
        self.recurrent = kind(symbols, hidden)
        self.head = nn.Linear(hidden, symbols)

    def forward(self, x):
        return self.head(self.recurrent(x)[0])


def trainer(model, loss_of):
    fill(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def make(task):
    if task == 'transformer':
        x, y = wave((T, N, 128), 0.37, 1), wave((T, N, 128), 0.73, 1)
        return trainer(nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0), lambda m: F.mse_loss(m(x), y))
    symbols_in, target = torch.from_numpy(text[:-1]).reshape(T, N), torch.from_numpy(text[1:])
    model = Character(nn.LSTM, 128) if task == 'lstm' else Character(nn.GRU, 256)
    return trainer(model, lambda m: F.cross_entropy(m(F.one_hot(symbols_in, symbols).float()).reshape(T * N, symbols), target))


steps = {}
for line in sys.stdin:
    question = json.loads(line)
    if isinstance(question, int):
        torch.set_num_threads(question)
        print(json.dumps(torch.__version__), flush=True)
        continue
    task, calls = question
    if task not in steps:
        steps[task] = make(task)
    start, before = time.perf_counter(), time.process_time()
    for _ in range(calls):
        loss = steps[task]()
    wall, busy = time.perf_counter() - start, time.process_time() - before
    print(json.dumps([wall / calls, loss, busy / calls]), flush=True)
