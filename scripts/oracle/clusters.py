"""test/oracle/factor/clusters.json: k-means from a given start, silhouettes and figures of dispersion, NMF from a given start and non-negative least
squares, lasso codes and matching pursuit, of scikit-learn and SciPy, on tables made here."""
import json
import pathlib
import warnings

import numpy as np
from scipy.optimize import nnls
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, sparse_encode
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples

warnings.filterwarnings('ignore')
rng = np.random.default_rng(11)
cases = []
for n, d, k in ((60, 3, 4), (40, 7, 3)):
    x = np.round(rng.normal(size=(n, d)) + 3 * rng.normal(size=(k, d))[rng.integers(k, size=n)], 3)
    model = KMeans(k, init=x[:k], n_init=1, tol=0).fit(x)
    labels = model.labels_
    cases.append(dict(
        x=x.tolist(), k=k, centers=model.cluster_centers_.tolist(), labels=labels.tolist(), inertia=model.inertia_, iterations=model.n_iter_,
        silhouettes=silhouette_samples(x, labels).tolist(), calinskiHarabasz=calinski_harabasz_score(x, labels),
        daviesBouldin=davies_bouldin_score(x, labels)))
x = np.round(rng.random((12, 6)), 3)
w, h = np.round(rng.random((12, 3)), 3) + .1, np.round(rng.random((3, 6)), 3) + .1
factors = []
for l1, l2 in ((0, 0), (.01, .02)):
    alpha = l1 + l2
    model = NMF(3, init='custom', tol=0, max_iter=25, alpha_W=alpha, alpha_H='same', l1_ratio=l1 / alpha if alpha else 0)
    codes = model.fit_transform(x, W=w.copy(), H=h.copy())
    factors.append(dict(l1=l1, l2=l2, W=codes.tolist(), H=model.components_.tolist(), error=model.reconstruction_err_))
atoms = rng.normal(size=(5, 6))
atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
rows = rng.normal(size=(8, 6))
out = dict(
    kmeans=cases, nmf=dict(x=x.tolist(), W=w.tolist(), H=h.tolist(), runs=factors, nnls=[nnls(h.T, row)[0].tolist() for row in x]),
    sparse=dict(x=rows.tolist(), atoms=atoms.tolist(), alpha=.3, lasso=sparse_encode(rows, atoms, algorithm='lasso_lars', alpha=.3).tolist(),
                omp=sparse_encode(rows, atoms, algorithm='omp', n_nonzero_coefs=2).tolist()))
folder = pathlib.Path(__file__).parents[2] / 'test/oracle/factor'
folder.mkdir(parents=True, exist_ok=True)
(folder / 'clusters.json').write_text(json.dumps(out) + '\n')
