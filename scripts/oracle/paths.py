"""scikit-learn's paths for test/optim/paths.test.ts: diabetes and wine from its own data sets, and matrices by formula, so that the test builds
the same.

Usage: python3 scripts/oracle/paths.py > test/oracle/optim/paths.json
"""
import json
import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import ElasticNet, Lasso, MultiTaskLasso, Ridge, RidgeCV, enet_path, lasso_path
from sklearn.preprocessing import StandardScaler


def formula(n, p):
    """X[i, j] = sin(1 + 3 i + 7 j + i j), y[i] = cos(0.7 i) + X[i, 0] - 2 X[i, p - 1]."""
    i, j = np.meshgrid(np.arange(n), np.arange(p), indexing="ij")
    X = np.sin(1 + 3 * i + 7 * j + i * j)
    return X, np.cos(np.arange(n) * 0.7) + X[:, 0] - 2 * X[:, p - 1]


diabetes = load_diabetes(return_X_y=True)
wine = load_wine(return_X_y=True)
data = {
    "diabetes": diabetes,
    "wine": wine,
    "wine-standard": (StandardScaler().fit_transform(wine[0]), wine[1]),
    "formula-60-12": formula(60, 12),
    "formula-20-45": formula(20, 45),
}
places = [0, 1, 10, 30, 60, 99]
out = {"sklearn": sklearn.__version__, "places": places, "paths": [], "multi": [], "ridge": []}
for name, (X, y) in data.items():
    X = X - X.mean(axis=0)
    y = y - y.mean()
    for ratio in [1, 0.5, 0.1]:
        alphas, coefs, gaps = enet_path(X, y, l1_ratio=ratio, tol=1e-15, max_iter=2000000)
        # Again by plain descent from zero, where the path has a duality gap that is not rounding.
        rows = [coefs[:, k] for k in places]
        out["paths"].append({"data": name, "l1Ratio": ratio, "alphas": [alphas[0], alphas[99]], "coefficients": [list(c) for c in rows]})

for name in ["diabetes", "formula-60-12"]:
    X, y = data[name]
    Y = np.stack([y, np.sqrt(np.abs(y)), y**2 / np.abs(y).max()], axis=1)
    for alpha in [0.5, 0.05]:
        scale = np.abs(X.T @ (Y - Y.mean(axis=0))).max() / len(y)
        model = MultiTaskLasso(alpha=alpha * scale, tol=1e-14, max_iter=1000000).fit(X, Y)
        out["multi"].append({"data": name, "alpha": alpha * scale, "coefficients": model.coef_.T.ravel().tolist(), "intercepts": model.intercept_.tolist()})

for name in ["diabetes", "wine-standard", "formula-20-45"]:
    X, y = data[name]
    n = len(y)
    for alpha in [1e-3, 0.1, 3.0]:
        model = Ridge(alpha=alpha, solver="svd").fit(X, y)
        cv = RidgeCV(alphas=[alpha], store_cv_values=True).fit(X, y)
        out["ridge"].append({"data": name, "lambda": alpha / n, "coefficients": model.coef_.tolist(), "intercept": float(model.intercept_), "leaveOneOut": float(cv.cv_values_.mean())})
print(json.dumps(out))
