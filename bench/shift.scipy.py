"""The SciPy and NumPy sides of shift.bench.ts: one line of JSON in, one out."""
import json
import sys
import time

import numpy as np
import scipy
from scipy import stats

cache = {}


def column(n, seed):
    """The same numbers as the other side: exponential, from a multiplicative sequence."""
    i = np.arange(1, n + 1, dtype=np.float64)
    return -np.log((i * 16807 * seed) % 2147483647 / 2147483647)


def made(key, make):
    """Made once: what is timed starts from numbers in memory, as on the other side."""
    if key not in cache:
        cache[key] = make()
    return cache[key]


def columns(n):
    a, b = made(("columns", n), lambda: (column(n, 3), 1.01 * column(n, 7)))
    ks = stats.ks_2samp(a, b, mode="asymp")
    edges = np.unique(np.quantile(a, np.linspace(0, 1, 11)))
    edges[0], edges[-1] = -np.inf, np.inf
    p = np.maximum(np.histogram(a, edges)[0] / n, 1e-4)
    q = np.maximum(np.histogram(b, edges)[0] / n, 1e-4)
    return [float(ks.statistic), float(ks.pvalue), float(np.sum((q - p) * np.log(q / p)))]


def rows(n, d):
    out = np.empty((2 * n, d))
    for j in range(d):
        out[:n, j] = column(n, 3 + 2 * j)
        out[n:, j] = 1.05 * column(n, 4 + 2 * j)
    return out


def mmd(n, d, permutations, sigma):
    z = made(("rows", n, d), lambda: rows(n, d))
    squares = (z * z).sum(1)
    k = z @ z.T
    k *= -2
    k += squares[:, None]
    k += squares[None, :]
    np.maximum(k, 0, out=k)
    if sigma is None:
        sigma = float(np.median(np.sqrt(k[np.triu_indices(2 * n, 1)])))
    k *= -1 / (2 * sigma * sigma)
    np.exp(k, out=k)
    rng = np.random.default_rng(0)
    s = np.zeros((2 * n, permutations + 1))
    s[:n, 0] = 1
    for i in range(permutations):
        s[rng.permutation(2 * n)[:n], i + 1] = 1
    ks = k @ s
    xx = (s * ks).sum(0)
    first = ks.sum(0)
    total = k.sum()
    yy = total - 2 * first + xx
    squared = (xx - n) / n / (n - 1) + (yy - n) / n / (n - 1) - 2 * (first - xx) / n / n
    return [float(squared[0]), sigma, float((1 + (squared[1:] >= squared[0]).sum()) / (1 + permutations))]


for line in sys.stdin:
    question = json.loads(line)
    if question is None:
        print(json.dumps(f"{scipy.__version__}, NumPy {np.__version__}"), flush=True)
        continue
    name, arguments, calls = question
    start, before = time.perf_counter(), time.process_time()
    for _ in range(calls):
        figures = {"columns": columns, "mmd": mmd}[name](*arguments)
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    print(json.dumps([wall / calls, cpu / calls, figures]), flush=True)
