"""PyTorch's side of tensor.bench.ts, one thread: one line of JSON in (task, calls), one out (wall seconds a call, a figure of the result, processor seconds)."""
import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)


def wave(count, step):
    return torch.from_numpy(np.sin(np.arange(count, dtype=np.float64) * step).astype(np.float32))


rows, columns = 4096, 1000
small, other, tracked = wave(10, 1.5), wave(10, 2.5), wave(10, 1.5).requires_grad_()
tiny = wave(256, 0.7).view(16, 16)
made = {}


def large():
    if not made:
        made['a'], made['b'], made['c'] = (wave(rows * columns, step) for step in (0.37, 0.73, 1.31))
    return made


def chain():
    y = tracked
    for _ in range(500):
        y = y * other + small
    return y.sum()


def backward(y):
    tracked.grad = None
    y.backward()
    return tracked.grad


tasks = {
    'add': lambda: large()['a'] + large()['b'],
    'mul': lambda: large()['a'] * large()['b'],
    'exp': lambda: large()['a'].exp(),
    'tanh': lambda: large()['a'].tanh(),
    'sum': lambda: large()['a'].sum(),
    'max': lambda: large()['a'].max(),
    'variance': lambda: large()['a'].var(),
    'softmax': lambda: large()['a'].view(rows, columns).softmax(1),
    'relu(a b + c).sum': lambda: (large()['a'] * large()['b'] + large()['c']).relu().sum(),
    'small add': lambda: small + other,
    'small mul': lambda: small * other,
    'small exp': lambda: small.exp(),
    'small sum': lambda: small.sum(),
    'small matmul': lambda: tiny @ tiny,
    'small add, tape': lambda: tracked + other,
    'small mul, tape': lambda: tracked * other,
    'small exp, tape': lambda: tracked.exp(),
    'small sum, tape': lambda: tracked.sum(),
    'forward of 1000': chain,
}

for line in sys.stdin:
    question = json.loads(line)
    if question is None:
        print(json.dumps(torch.__version__), flush=True)
        continue
    task, calls = question
    wall = busy = 0.0
    if task == 'backward of 1000':
        # The forward pass is outside the clock.
        for _ in range(calls):
            y = chain()
            start, before = time.perf_counter(), time.process_time()
            result = backward(y)
            wall, busy = wall + time.perf_counter() - start, busy + time.process_time() - before
    else:
        run = tasks[task]
        result = run()
        start, before = time.perf_counter(), time.process_time()
        for _ in range(calls):
            run()
        wall, busy = time.perf_counter() - start, time.process_time() - before
    figure = float(result.detach().double().abs().sum())
    print(json.dumps([wall / calls, figure, busy / calls]), flush=True)
