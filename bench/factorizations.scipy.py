"""SciPy's side of factorizations, matmul and decompositions: one line of JSON in (task, type, n, calls), one out (wall seconds a call, the result's largest size, processor seconds)."""
import json
import sys
import time

import numpy as np
import scipy.linalg as la

made = {}


def inputs(type, n):
    if (type, n) not in made:
        made.clear()
        x = np.sin(np.arange(n * n, dtype=np.float64) * 12.9898) * 43758.5453
        a = (x - np.floor(x) - 0.5).reshape(n, n).astype({'f32': np.float32, 'f64': np.float64}[type])
        s = a @ a.T + np.eye(n, dtype=a.dtype)
        made[(type, n)] = (a, s, np.ones(n, a.dtype))
    return made[(type, n)]


tasks = {
    'gemm': lambda a, s, b: a @ s,
    'solve': lambda a, s, b: la.solve(a, b),
    'cholesky': lambda a, s, b: la.cholesky(s, lower=True),
    'lu': lambda a, s, b: la.lu_factor(a)[0],
    'inverse': lambda a, s, b: la.inv(a),
    'qr': lambda a, s, b: la.qr(a)[1],
    'eig': lambda a, s, b: la.eig(a)[1],
    'lstsq': lambda a, s, b: la.lstsq(a, b)[0],
    'svd': lambda a, s, b: la.svd(a)[1],
    'svdvals': lambda a, s, b: la.svdvals(a),
    'eigh': lambda a, s, b: la.eigh(s)[0],
}

for line in sys.stdin:
    task, type, n, calls = json.loads(line)
    matrices = inputs(type, n)
    run = tasks[task]
    result = run(*matrices)
    start, before = time.perf_counter(), time.process_time()
    for _ in range(calls):
        run(*matrices)
    seconds, busy = (time.perf_counter() - start) / calls, (time.process_time() - before) / calls
    print(json.dumps([seconds, float(np.max(np.abs(result))), busy]), flush=True)
