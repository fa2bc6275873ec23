"""scikit-learn's side of clusters.bench.ts: null gives the version, an object loads rows, an algorithm's name fits them (wall and processor seconds,
inertia, iterations)."""
import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.cluster import KMeans

warnings.filterwarnings('ignore')
types = {'f32': np.float32, 'f64': np.float64}
for line in sys.stdin:
    asked = json.loads(line)
    if asked is None:
        answer = sklearn.__version__
    elif isinstance(asked, dict):
        x = np.fromfile(asked['file'], types[asked['dtype']]).reshape(asked['n'], asked['d'])
        k, iterations = asked['k'], asked['iterations']
        answer = True
    else:
        start, before = time.perf_counter(), time.process_time()
        model = KMeans(k, init=x[:k], n_init=1, max_iter=iterations, tol=0, algorithm=asked).fit(x)
        answer = [time.perf_counter() - start, time.process_time() - before, float(model.inertia_), model.n_iter_]
    print(json.dumps(answer), flush=True)
