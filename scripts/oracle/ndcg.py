"""Lists with ties and scikit-learn's ndcg_score of them, for test/factor/ratings.test.ts. Run: python3 scripts/oracle/ndcg.py"""
import json
import pathlib

import numpy as np
from sklearn.metrics import ndcg_score

rng = np.random.default_rng(0)
lists = []
for _ in range(40):
    n, k = int(rng.integers(2, 16)), int(rng.integers(1, 13))
    gains, scores = rng.integers(0, 6, n), rng.integers(0, 5, n)
    if gains.sum() > 0:
        ndcg = ndcg_score([gains], [scores], k=k)
        lists.append({"gains": gains.tolist(), "scores": scores.tolist(), "k": k, "ndcg": float(ndcg)})
out = pathlib.Path(__file__).parents[2] / "test/oracle/factor/ndcg.json"
out.write_text(json.dumps({"lists": lists}) + "\n")
