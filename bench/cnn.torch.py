"""PyTorch's side of cnn.bench.ts: one line of JSON in (task, calls), one out (wall seconds a call, a figure of the result, processor seconds).
The number of threads comes from OMP_NUM_THREADS."""
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def wave(shape, step, scale):
    values = np.sin(np.arange(np.prod(shape), dtype=np.float64) * step) * scale
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def network():
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(1568, 10))
    with torch.no_grad():
        for i, value in enumerate(net.parameters()):
            value.copy_(wave(value.shape, 0.7 + 0.1 * i, 0.1))
    return net


def training(_):
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    x, labels = wave((64, 1, 28, 28), 0.37, 1), torch.arange(64) % 10

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), labels)
        loss.backward()
        optimizer.step()
        return (loss,)
    return step


def convolution(batch, channels, size, filters, kernel, stride, groups):
    x = wave((batch, channels, size, size), 0.37, 1).requires_grad_()
    w = wave((filters, channels // groups, kernel, kernel), 0.73, 0.1).requires_grad_()
    g = None

    def step():
        nonlocal g
        x.grad = w.grad = None
        y = F.conv2d(x, w, None, stride, kernel // 2, 1, groups)
        if g is None:
            g = wave(y.shape, 1.31, 1)
        y.backward(g)
        return y, x.grad, w.grad
    return step


def pool(kernel, stride, padding):
    x = wave((32, 64, 56, 56), 0.37, 1).requires_grad_()

    def step():
        x.grad = None
        y = F.max_pool2d(x, kernel, stride, padding)
        y.backward(y.detach())
        return y, x.grad
    return step


def norm():
    x = wave((32, 64, 56, 56), 0.37, 1).requires_grad_()
    layer = torch.nn.BatchNorm2d(64)
    g = wave(x.shape, 1.31, 1)

    def step():
        x.grad = None
        y = layer(x)
        y.backward(g)
        return y, x.grad
    return step


made = {}
for line in sys.stdin:
    question = json.loads(line)
    if question is None:
        print(json.dumps(torch.__version__), flush=True)
        continue
    (task, *sizes), calls = question
    key = json.dumps([task, sizes])
    if key not in made:
        made.clear()
        made[key] = {"step": training, "conv": convolution, "pool": pool, "norm": norm}[task](*sizes)
    run = made[key]
    start, before = time.perf_counter(), time.process_time()
    for _ in range(calls):
        result = run()
    wall, busy = time.perf_counter() - start, time.process_time() - before
    figure = [float(one.detach().double().abs().sum()) for one in result]
    print(json.dumps([wall / calls, figure, busy / calls]), flush=True)
