"""scikit-learn's side of pca.bench.ts: null gives the version, a file loads the table, a solver fits (wall and processor seconds, variances). `covariance`
is X^T X and its eigenvectors in NumPy, as scikit-learn's covariance_eigh goes from version 1.5 on."""
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.decomposition import PCA


def covariance():
    centred = x - x.mean(axis=0)
    values, _ = np.linalg.eigh(centred.T @ centred / (len(x) - 1))
    return values[::-1]


for line in sys.stdin:
    asked = json.loads(line)
    if asked is None:
        answer = sklearn.__version__
    elif 'file' in asked:
        x = np.fromfile(asked['file']).reshape(asked['n'], asked['d'])
        answer = True
    else:
        k = asked['k']
        start, before = time.perf_counter(), time.process_time()
        if asked['solver'] == 'covariance':
            values = covariance()
        else:
            values = PCA(k, svd_solver=asked['solver'], random_state=0).fit(x).explained_variance_
        answer = [time.perf_counter() - start, time.process_time() - before, values[:k].tolist()]
    print(json.dumps(answer), flush=True)
