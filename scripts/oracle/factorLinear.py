"""Writes test/oracle/factor/linear.json: linear factorizations of scikit-learn and SciPy on seeded tables. Run: python3 scripts/oracle/factorLinear.py"""
import json
import pathlib

import numpy as np
import scipy.stats
from sklearn.decomposition import PCA, FactorAnalysis, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

rng = np.random.default_rng(7)


def plain(**values):
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in values.items()}


def turned(components):
    at = np.abs(components).argmax(axis=1)
    return components * np.sign(components[np.arange(len(components)), at])[:, None]


def table(n, d, scale=0.6, mean=5.0):
    return np.round(rng.normal(size=(n, d)) * scale ** np.arange(d) @ rng.normal(size=(d, d)) + mean * rng.normal(size=d), 6)


pca = []
for n, d, k in [(30, 5, 2), (12, 20, 4), (50, 8, 8), (200, 3, 1), (7, 7, 3)]:
    x, new = table(n, d), None
    new = table(4, d) + x.mean(axis=0)
    one = PCA(k, svd_solver="full").fit(x)
    white = PCA(k, svd_solver="full", whiten=True).fit(x)
    signs = np.sign(one.components_[np.arange(k), np.abs(one.components_).argmax(axis=1)])
    degenerate = k == min(n, d)
    pca.append(plain(x=x, new=new, k=k, components=turned(one.components_), variance=one.explained_variance_, ratio=one.explained_variance_ratio_, singular=one.singular_values_, noise=float(one.noise_variance_), scores=one.transform(new) * signs, white=white.transform(new) * signs, loglik=None if degenerate and d > n else float(one.score(new)) if not (degenerate and n <= d) else None))

svd = []
for n, d, k in [(30, 5, 2), (9, 14, 3)]:
    x = table(n, d)
    one = TruncatedSVD(k, algorithm="arpack").fit(x)
    svd.append(plain(x=x, k=k, components=turned(one.components_), singular=one.singular_values_, variance=one.explained_variance_, ratio=one.explained_variance_ratio_))

lda = []
for n, d, c, shrinkage in [(60, 4, 3, None), (40, 5, 2, None), (80, 3, 5, None), (50, 6, 3, "auto"), (50, 6, 3, 0.3)]:
    x = table(n, d)
    y = np.arange(n) % c
    x = np.round(x + y[:, None] * rng.normal(size=d), 6)
    new = x[:6] + 0.1
    priors = None if c != 5 else [0.1, 0.2, 0.3, 0.2, 0.2]
    one = LinearDiscriminantAnalysis(solver="svd" if shrinkage is None else "lsqr", shrinkage=shrinkage, priors=priors).fit(x, y)
    entry = dict(x=x, y=y, new=new, shrinkage=shrinkage, priors=priors, proba=one.predict_proba(new), predicted=one.predict(new), accuracy=float(one.score(x, y)))
    if shrinkage is None:
        signs = np.sign(one.scalings_.T[np.arange(one.scalings_.shape[1]), np.abs(one.scalings_.T).argmax(axis=1)])
        entry.update(ratio=one.explained_variance_ratio_, scores=(one.transform(new) * signs[: one._max_components]))
    lda.append(plain(**entry))

fa = []
for n, d, k in [(200, 6, 2), (150, 8, 3)]:
    f = rng.normal(size=(n, k))
    x = np.round(f @ rng.normal(size=(k, d)) * 2 + rng.normal(size=(n, d)) * rng.uniform(0.5, 1.5, size=d) + 3, 6)
    one = FactorAnalysis(k, tol=1e-13, max_iter=20000, svd_method="lapack").fit(x)
    rotated = FactorAnalysis(k, tol=1e-13, max_iter=20000, svd_method="lapack", rotation="varimax").fit(x)
    new = x[:5] * 1.1
    fa.append(plain(x=x, k=k, new=new, loglik=float(one.score(x)), newLoglik=float(one.score(new)), noise=one.noise_variance_, covariance=one.get_covariance(), varimax=turned(rotated.components_)))

cca = []
for n, p, q in [(40, 3, 4), (60, 5, 2)]:
    x = table(n, p)
    y = np.round(x @ rng.normal(size=(p, q)) * 0.5 + rng.normal(size=(n, q)), 6)
    xc, yc = x - x.mean(0), y - y.mean(0)
    r = np.sqrt(np.linalg.eigvals(np.linalg.solve(xc.T @ xc, xc.T @ yc) @ np.linalg.solve(yc.T @ yc, yc.T @ xc)).real.clip(0))
    r = np.sort(r)[::-1][: min(p, q)]
    tests = []
    for m in range(len(r)):
        statistic = -(n - 1 - (p + q + 1) / 2) * np.log1p(-r[m:] ** 2).sum()
        df = (p - m) * (q - m)
        tests.append(dict(statistic=float(statistic), df=df, p=float(scipy.stats.chi2.sf(statistic, df))))
    cca.append(plain(x=x, y=y, correlations=r, tests=tests))


incremental = []
for n, d, k, batch in [(90, 6, 3, 30), (53, 4, 4, 10), (41, 12, 3, 5), (60, 5, 1, 7), (37, 3, 2, 18)]:
    x = table(n, d)
    new = table(4, d) + x.mean(axis=0)
    one = IncrementalPCA(k, batch_size=batch).fit(x)
    white = IncrementalPCA(k, batch_size=batch, whiten=True).fit(x)
    signs = np.sign(one.components_[np.arange(k), np.abs(one.components_).argmax(axis=1)])
    incremental.append(plain(x=x, new=new, k=k, batch=batch, components=turned(one.components_), variance=one.explained_variance_, ratio=one.explained_variance_ratio_, singular=one.singular_values_, mean=one.mean_, noise=float(one.noise_variance_), scores=one.transform(new) * signs, white=white.transform(new) * signs))

json.dump(dict(pca=pca, svd=svd, lda=lda, fa=fa, cca=cca, incremental=incremental), open(pathlib.Path(__file__).parents[2] / "test/oracle/factor/linear.json", "w"))
