"""scikit-learn's side of nmf.bench.ts: null gives the version, an object loads rows and a start, anything else fits (wall and processor seconds,
error, iterations)."""
import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.decomposition import NMF

warnings.filterwarnings('ignore')
types = {'f32': np.float32, 'f64': np.float64}
for line in sys.stdin:
    asked = json.loads(line)
    if asked is None:
        answer = sklearn.__version__
    elif isinstance(asked, dict):
        n, d, k, iterations = (asked[name] for name in ('n', 'd', 'k', 'iterations'))
        x, w, h = (
            np.fromfile(asked['files'][name], types[asked['dtype']]).reshape(shape)
            for name, shape in (('x', (n, d)), ('W', (n, k)), ('H', (k, d)))
        )
        answer = True
    else:
        first, second = w.copy(), h.copy()
        start, before = time.perf_counter(), time.process_time()
        model = NMF(k, init='custom', solver='cd', tol=0, max_iter=iterations)
        codes = model.fit_transform(x, W=first, H=second)
        seconds = [time.perf_counter() - start, time.process_time() - before]
        # The model's own error is summed in the type of x, which for f32 leaves it three digits.
        error = np.linalg.norm((x - codes @ model.components_).astype(np.float64)) if asked == 'error' else None
        answer = [*seconds, error, model.n_iter_]
    print(json.dumps(answer), flush=True)
