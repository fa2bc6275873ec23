"""Implicit feedback (Hu, Koren & Volinsky 2008) by dense matrices, for test/factor/implicit.test.ts. Run: python3 scripts/oracle/implicit.py"""
import json
import pathlib

import numpy as np


def fit(R, k, alpha, lam, confidence, epsilon, sweeps=400):
    rng = np.random.default_rng(0)
    C = 1 + alpha * (np.log(1 + R / epsilon) if confidence == "log" else R)
    P = (R > 0).astype(float)
    X, Y = rng.normal(0, 0.1, (R.shape[0], k)), np.zeros((R.shape[1], k))
    losses = []
    for _ in range(sweeps):
        for i in range(R.shape[1]):
            Y[i] = np.linalg.solve(X.T @ np.diag(C[:, i]) @ X + lam * np.eye(k), X.T @ np.diag(C[:, i]) @ P[:, i])
        for u in range(R.shape[0]):
            X[u] = np.linalg.solve(Y.T @ np.diag(C[u]) @ Y + lam * np.eye(k), Y.T @ np.diag(C[u]) @ P[u])
        losses.append(float((C * (P - X @ Y.T) ** 2).sum() + lam * ((X**2).sum() + (Y**2).sum())))
    return X @ Y.T, losses


cases = []
for seed, (n, m, k, confidence) in enumerate([(12, 9, 2, "linear"), (10, 14, 3, "log"), (8, 8, 1, "linear")]):
    rng = np.random.default_rng(seed)
    tastes = (np.arange(n)[:, None] % 2) == (np.arange(m)[None] % 2)
    R = np.where(rng.random((n, m)) < np.where(tastes, 0.8, 0.1), rng.integers(1, 6, (n, m)), 0).astype(float)
    users, items = np.nonzero(R)
    options = {"k": k, "alpha": 2.0, "regularization": 1.5, "confidence": confidence, "epsilon": 0.5, "iterations": 400}
    scores, losses = fit(R, k, 2.0, 1.5, confidence, 0.5)
    cases.append({
        "users": users.tolist(), "items": items.tolist(), "ratings": R[users, items].tolist(), "options": options,
        "scores": np.round(scores, 9).tolist(), "losses": losses[-1:],
    })
out = pathlib.Path(__file__).parents[2] / "test/oracle/factor/implicit.json"
out.write_text(json.dumps({"cases": cases}) + "\n")
