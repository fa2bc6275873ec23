"""Least errors of outputs at each rank, by reduced-rank regression in NumPy, for test/weights/compress-activations.test.ts.

Usage: python3 scripts/oracle/compress.py > test/oracle/compress.json
"""
import json

import numpy as np

rng = np.random.default_rng(7)
cases = []
for name, m, n, rows in [
    ("more inputs than outputs", 5, 9, 40),
    ("more outputs than inputs", 9, 5, 40),
    ("square", 6, 6, 30),
    ("fewer samples than inputs", 5, 9, 4),
    ("fewer samples, more outputs", 9, 6, 3),
    ("inputs of very different size", 6, 8, 50),
]:
    W = rng.standard_normal((m, n))
    X = rng.standard_normal((rows, n)) @ rng.standard_normal((n, n))
    if name.startswith("inputs of"):
        X = X * 10.0 ** -np.arange(n)
    # The outputs X W^T regressed on X (lstsq, of minimum norm), cut to rank k: Izenman 1975.
    Y = X @ W.T
    B = np.linalg.lstsq(X, Y, rcond=None)[0]
    _, _, Vh = np.linalg.svd(X @ B, full_matrices=False)
    errors = []
    for k in range(1, min(m, n) + 1):
        P = Vh[:k].T @ Vh[:k]
        errors.append(float(np.linalg.norm(Y - X @ B @ P) / np.sqrt(rows)))
    cases.append({"name": name, "W": W.tolist(), "X": X.tolist(), "errors": errors, "whole": float(np.linalg.norm(Y) / np.sqrt(rows))})

print(json.dumps(cases))
