"""Eigenvalues by NumPy, and least squares by SciPy's gelsd, of matrices of small integers: what test/lapack/portable-eigen.test.ts compares with.

Run: python3 scripts/oracle/eigen.py > test/oracle/eigen.json
"""
import json

import numpy as np
import scipy.linalg

random = np.random.default_rng(4)
eigen = []
for n in (2, 3, 5, 8, 13):
    a = random.integers(-9, 10, (n, n))
    values = np.linalg.eigvals(a.astype(float))
    values = values[np.lexsort((values.imag, values.real))]
    eigen.append({"n": n, "a": a.ravel().tolist(), "re": values.real.tolist(), "im": values.imag.tolist()})

least_squares = []
for m, n, rank in ((5, 3, 3), (3, 5, 3), (6, 6, 4), (7, 4, 2), (4, 8, 1)):
    a = random.integers(-4, 5, (m, rank)) @ random.integers(-4, 5, (rank, n))
    b = random.integers(-9, 10, (m, 2))
    x, _, found, s = scipy.linalg.lstsq(a.astype(float), b.astype(float), lapack_driver="gelsd", cond=1e-12)
    assert found == rank
    least_squares.append(
        {"m": m, "n": n, "rank": rank, "a": a.ravel().tolist(), "b": b.ravel().tolist(), "x": x.ravel().tolist(), "s": s.tolist()}
    )

print(json.dumps({"numpy": np.__version__, "scipy": scipy.__version__, "eigen": eigen, "leastSquares": least_squares}))
