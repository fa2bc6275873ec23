"""scikit-learn's choice of lambda for test/train/linearSearch.test.ts: LassoCV on the raw diabetes
data, with the folds of `kFold(data, 5, { seed: 3 })`, which the test asserts.

Usage: python3 scripts/oracle/search.py < folds.json > test/oracle/train/search.json
"""
import json
import sys
import numpy as np
import sklearn
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LassoCV

folds = json.load(sys.stdin)
X, y = load_diabetes(return_X_y=True, scaled=False)
X = X.astype(np.float32).astype(np.float64)
rows = np.arange(len(y))
cv = [(np.setdiff1d(rows, fold), np.array(fold)) for fold in folds]
lasso = LassoCV(cv=cv, tol=1e-10, max_iter=1000000).fit(X, y)
errors = lasso.mse_path_
standard = errors.std(axis=1, ddof=1) / np.sqrt(len(folds))
best = int(errors.mean(axis=1).argmin())
within = errors.mean(axis=1) <= errors.mean(axis=1)[best] + standard[best]

print(json.dumps({
    "sklearn": sklearn.__version__,
    "folds": folds,
    "lambdas": lasso.alphas_.tolist(),
    "mean": errors.mean(axis=1).tolist(),
    "standardError": standard.tolist(),
    "best": best,
    "oneStandardError": int(np.argmax(within)),
    "coefficients": lasso.coef_.tolist(),
    "intercept": float(lasso.intercept_),
}))
