"""scikit-learn's side of miniBatch.bench.ts: null gives the version, an object loads rows, anything else takes all batches in order (wall and processor
seconds, inertia of all rows where it was asked for)."""
import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.cluster import MiniBatchKMeans

warnings.filterwarnings('ignore')
types = {'f32': np.float32, 'f64': np.float64}
for line in sys.stdin:
    asked = json.loads(line)
    if asked is None:
        answer = sklearn.__version__
    elif isinstance(asked, dict):
        n, k, batch = asked['n'], asked['k'], asked['batch']
        x = np.fromfile(asked['file'], types[asked['dtype']]).reshape(n, asked['d'])
        answer = True
    else:
        start, before = time.perf_counter(), time.process_time()
        model = MiniBatchKMeans(k, init=x[:k], n_init=1, reassignment_ratio=0, random_state=0)
        for at in range(0, n, batch):
            model.partial_fit(x[at : at + batch])
        seconds = [time.perf_counter() - start, time.process_time() - before]
        answer = [*seconds, -float(model.score(x)) if asked == 'score' else None]
    print(json.dumps(answer), flush=True)
