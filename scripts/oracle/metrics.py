"""Figures of predictions by scikit-learn, with ties, absent classes and constant columns: test/oracle/train/metrics.json."""
import json, os
import numpy as np
import sklearn
from sklearn import metrics as M

rng = np.random.default_rng(0)
cases = []
for n, k, absent in ((60, 4, None), (50, 5, 3), (40, 2, None)):
    truth = rng.integers(0, k, n)
    if absent is not None:
        truth[truth == absent] = 0
    # Few different scores, so that there are ties.
    scores = np.round(rng.normal(size=(n, k)) + 1.2 * np.eye(k)[truth], 0 if k == 4 else 3)
    p = np.exp(scores - scores.max(1, keepdims=True)); p /= p.sum(1, keepdims=True)
    # Ties of exact arithmetic stay ties; rounding of sums would part them by chance.
    ranks = np.round(np.log(p), 9)
    told = scores.argmax(1)
    labels = sorted(set(truth) | set(told))
    per = M.precision_recall_fscore_support(truth, told, labels=labels, zero_division=0)
    case = dict(truth=truth.tolist(), scores=scores.tolist(), classes=k, accuracy=M.accuracy_score(truth, told),
        confusion=M.confusion_matrix(truth, told, labels=range(k)).tolist(), labels=[int(l) for l in labels],
        precision=per[0].tolist(), recall=per[1].tolist(), f1=per[2].tolist(), support=per[3].tolist(),
        balanced=M.balanced_accuracy_score(truth, told),
        logLoss=float(-np.mean(np.log(np.clip(p, 2.220446049250313e-16, 1 - 2.220446049250313e-16)[np.arange(n), truth]))))
    for average in ('macro', 'micro', 'weighted'):
        case[average] = [float(v) for v in M.precision_recall_fscore_support(truth, told, average=average, zero_division=0)[:3]]
    if k > 2:
        case['top2'] = M.top_k_accuracy_score(truth, scores, k=2, labels=range(k))
    if k == 2:
        case['auc'] = M.roc_auc_score(truth, ranks[:, 1])
    else:
        case['aucClasses'] = [M.roc_auc_score(truth == c, ranks[:, c]) if 0 < (truth == c).sum() < n else None for c in range(k)]
        if absent is None:
            support = np.bincount(truth, minlength=k)
            case['auc'] = float(np.mean(case['aucClasses']))
            case['aucWeighted'] = float(np.average(case['aucClasses'], weights=support))
    cases.append(case)

regressions = []
for truth, told in ((rng.normal(size=(30, 1)), None), (rng.normal(size=(25, 3)) + 1e4, None), (np.full((6, 1), 2.5), None), (np.full((6, 1), 2.5), np.full((6, 1), 2.5))):
    if told is None:
        told = truth + rng.normal(size=truth.shape) * [[.3]]
    regressions.append(dict(truth=truth.ravel().tolist(), told=told.ravel().tolist(), columns=truth.shape[1], mse=M.mean_squared_error(truth, told),
        rmse=float(np.mean(np.sqrt(np.mean((truth - told) ** 2, 0)))), mae=M.mean_absolute_error(truth, told), r2=M.r2_score(truth, told)))
os.makedirs('test/oracle/train', exist_ok=True)
with open('test/oracle/train/metrics.json', 'w') as f:
    json.dump(dict(sklearn=sklearn.__version__, cases=cases, regressions=regressions), f, separators=(',', ':'))
