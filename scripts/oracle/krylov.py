"""SciPy's iteration counts and solutions for test/linalg/krylov.test.ts: matrices by formula, so that the test builds the same.

Usage: python3 scripts/oracle/krylov.py > test/oracle/krylov.json
"""
import json
import numpy as np
import scipy
import scipy.sparse as sp
import scipy.sparse.linalg as sla


def band(m, n):
    """Entry (i, j) = sin(1 + 3 i + 7 j) for |i - j| <= 2, and 4 more on the diagonal."""
    i, j = np.meshgrid(np.arange(m), np.arange(n), indexing="ij")
    return np.where(np.abs(i - j) <= 2, np.sin(1 + 3 * i + 7 * j), 0) + 4 * (i == j)


def rhs(m):
    return np.cos(np.arange(m) * 0.7) + 0.1


cases = []
for m, n in [(40, 40), (60, 40), (40, 60), (300, 200)]:
    A, b = band(m, n), rhs(m)
    for tol in [1e-4, 1e-10]:
        x, _, iterations, r1norm, _, anorm, acond, arnorm, xnorm, _ = sla.lsqr(A, b, atol=tol, btol=tol, iter_lim=5000)
        cases.append({"method": "lsqr", "m": m, "n": n, "tol": tol, "iterations": int(iterations), "residual": r1norm, "normX": np.linalg.norm(x)})
        x, _, iterations, normr, normar, norma, conda, normx = sla.lsmr(A, b, atol=tol, btol=tol, maxiter=5000)
        cases.append({"method": "lsmr", "m": m, "n": n, "tol": tol, "iterations": int(iterations), "residual": normr, "normX": normx})

# Symmetric systems with a Jacobi preconditioner, the diagonal growing from 1 to 100.
n = 200
S = band(n, n)
S = (S + S.T) / 2 + np.diag(np.linspace(5, 100, n))
b = rhs(n)
M = sla.LinearOperator((n, n), matvec=lambda r: r / np.diag(S))
for name, A in [("definite", S), ("indefinite", S - 30 * np.eye(n))]:
    for pre in [None, "jacobi"]:
        if name == "indefinite" and pre:
            continue
        count = [0]

        def tick(_):
            count[0] += 1

        P = M if pre else None
        x, info = sla.minres(A, b, M=P, callback=tick, **({"rtol": 1e-8} if scipy.__version__ >= "1.14" else {"tol": 1e-8}))
        cases.append({"method": "minres", "matrix": name, "preconditioner": pre, "tol": 1e-8, "iterations": count[0], "normX": np.linalg.norm(x)})
        if name == "definite":
            count[0] = 0
            x, info = sla.cg(A, b, M=P, callback=tick, **({"rtol": 1e-8} if scipy.__version__ >= "1.12" else {"tol": 1e-8}))
            cases.append({"method": "cg", "matrix": name, "preconditioner": pre, "tol": 1e-8, "iterations": count[0], "normX": np.linalg.norm(x)})

print(json.dumps({"scipy": scipy.__version__, "cases": cases}, indent=1))
