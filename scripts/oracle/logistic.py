"""scikit-learn's logistic regressions for test/shift/logistic.test.ts, on matrices by formula, so that the test builds the same.

Usage (some minutes): python3 scripts/oracle/logistic.py > test/oracle/shift/logistic.json
"""
import json
import warnings
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("ignore")


def formula(n, d, classes):
    """X[i, j] = sin(1 + 3 i + 7 j + i j) (j + 1), y[i] = floor(classes (sin(i^2) + X[i, 0] / 2 + 1.5) / 3)."""
    i, j = np.meshgrid(np.arange(n), np.arange(d), indexing="ij")
    X = np.sin(1 + 3 * i + 7 * j + i * j) * (j + 1)
    t = np.arange(n)
    return X, np.clip(np.floor(classes * (np.sin(t * t) + X[:, 0] / 2 + 1.5) / 3), 0, classes - 1).astype(int)


out = {"sklearn": sklearn.__version__, "fits": []}
for n, d, classes in [(60, 3, 2), (200, 8, 2), (90, 4, 3), (300, 5, 6), (150, 40, 4)]:
    X, y = formula(n, d, classes)
    weights = 0.25 + (np.arange(n) % 5)
    for C in [0.01, 1.0, 100.0, None]:
        for weighted in [False, True]:
            if C is None and d == 40:
                continue
            best = None
            for solver in ["newton-cg", "lbfgs"]:
                model = LogisticRegression(C=C or 1.0, penalty="none" if C is None else "l2", solver=solver, tol=1e-13, max_iter=100000, multi_class="multinomial" if classes > 2 else "ovr")
                model.fit(X, y, sample_weight=weights if weighted else None)
                w = weights if weighted else np.ones(n)
                logp = model.predict_log_proba(X)
                like = float((w * logp[np.arange(n), y]).sum())
                loss = (0 if C is None else 0.5 * (model.coef_ ** 2).sum()) - (C or 1.0) * like
                if best is None or loss < best[0]:
                    best = (loss, model, like)
            loss, model, like = best
            out["fits"].append({"n": n, "d": d, "classes": classes, "C": C, "weighted": weighted, "coefficients": model.coef_.ravel().tolist(), "intercepts": model.intercept_.tolist(), "logLikelihood": like, "first": model.predict_proba(X[:2]).ravel().tolist()})
print(json.dumps(out))
