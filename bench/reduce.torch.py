"""The PyTorch and SciPy peer of reduce.bench.ts: makes what it measures from files, then runs a case for each line of standard input and answers with seconds and a figure."""
import sys
import time

import numpy as np
import scipy.sparse
import torch

torch.set_num_threads(1)
folder = sys.argv[1]
x = torch.from_numpy(np.fromfile(folder + '/x', np.float32))
square = x[: 2048 * 2048].reshape(2048, 2048)
rows = x[: 4096 * 1000].reshape(4096, 1000)
tens = x[: 400000 * 10].reshape(400000, 10)
million = x[: 1 << 20]
out = torch.empty_like(x)
vector = np.fromfile(folder + '/v', np.float64)
read = lambda name, kind: np.fromfile(folder + '/' + name, kind)
matrix = scipy.sparse.csr_matrix((read('values', np.float64), read('indices', np.int32), read('indptr', np.int32)), shape=(vector.size, vector.size))

cases = {
    'sum': lambda: x.sum(),
    'max': lambda: x.max(),
    'argmax': lambda: x.argmax(),
    'variance': lambda: x.var(),
    'l2': lambda: torch.linalg.vector_norm(x),
    'sum of columns': lambda: square.sum(0)[5],
    'sum of rows of 10': lambda: tens.sum(1)[5],
    'max of columns': lambda: square.max(0)[0][5],
    'variance of columns': lambda: square.var(0)[5],
    'logsumexp': lambda: rows.logsumexp(1)[5],
    'softmax': lambda: torch.softmax(rows, 1)[5, 5],
    'softmax of columns': lambda: torch.softmax(square, 0)[5, 5],
    'log softmax': lambda: torch.log_softmax(rows, 1)[5, 5],
    'cumsum': lambda: x.cumsum(0)[1000],
    'dot': lambda: torch.dot(x, x),
    'sort 1M': lambda: million.sort(stable=True, dim=0)[0][1000],
    'sort 1M f64': lambda: wide.sort(stable=True, dim=0)[0][1000],
    'sort rows of 10': lambda: tens.sort(stable=True, dim=1)[0][5, 5],
    'top 100': lambda: x.topk(100)[0][99],
    'uniform': lambda: out.uniform_()[0] * 0,
    'normal': lambda: out.normal_()[0] * 0,
    'permutation 1M': lambda: torch.randperm(1 << 20)[0] * 0,
    'spmv': lambda: (matrix @ vector)[5],
}
wide = million.double()
print('ready', torch.__version__, scipy.__version__, flush=True)
for line in sys.stdin:
    run = cases[line.strip()]
    start = time.perf_counter()
    figure = run()
    seconds = time.perf_counter() - start
    print(seconds, float(figure), flush=True)
