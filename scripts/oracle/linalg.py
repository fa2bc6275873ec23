"""Writes test/oracle/linalg.json: what SciPy and NumPy make of a few matrices. Run: python3 scripts/oracle/linalg.py"""
import json
import pathlib

import numpy as np
import scipy.linalg as la

rng = np.random.default_rng(4)


def well(n):
    return rng.integers(-4, 5, (n, n)) / 4 + 2 * np.eye(n)


def plain(x):
    return np.asarray(x, dtype=np.float64).tolist()


cases = []
for name, a in [
    ('2 x 2', np.array([[1.0, 2], [3, 5]])),
    ('5 x 5', well(5)),
    ('8 x 8', well(8)),
    ('Frank 6', np.array([[6 - max(i, j) if j >= i - 1 else 0 for j in range(6)] for i in range(6)], dtype=float)),
    ('Hilbert 4', la.hilbert(4)),
]:
    n = len(a)
    b = np.arange(1.0, n + 1)
    s = a @ a.T + np.eye(n)
    w = la.eigvals(a)
    w = w[np.lexsort((w.imag, np.round(w.real, 9)))]
    sign, logabsdet = np.linalg.slogdet(a)
    cases.append({
        'name': name, 'A': plain(a), 'b': plain(b), 'S': plain(s),
        'solve': plain(la.solve(a, b)), 'inv': plain(la.inv(a)), 'det': plain(la.det(a)),
        'slogdet': [float(sign), float(logabsdet)],
        'cholesky': plain(la.cholesky(s, lower=True)), 'absR': plain(np.abs(la.qr(a)[1])),
        'P': plain(la.lu(a)[0]), 'L': plain(la.lu(a)[1]), 'U': plain(la.lu(a)[2]),
        'svdvals': plain(la.svdvals(a)), 'eigvalsh': plain(la.eigvalsh(s)),
        'eigvals': [plain(w.real), plain(w.imag)],
        'expm': plain(la.expm(a / 4)), 'sqrtm': plain(la.sqrtm(s).real), 'polar': [plain(x) for x in la.polar(a)],
        'pinv': plain(la.pinv(a[:, : n - 1])), 'lstsq': plain(la.lstsq(a[:, : n - 1], b)[0]),
        'residual': float(np.sum((a[:, : n - 1] @ la.lstsq(a[:, : n - 1], b)[0] - b) ** 2)),
        'norms': [float(np.linalg.norm(a, p)) for p in (1, 2, np.inf)],
        'cond': [float(np.linalg.cond(a, p)) for p in (1, 2, np.inf, 'fro')],
        'subspaceAngles': plain(la.subspace_angles(a[:, :1], a[:, 1:])),
        'kron': plain(np.kron(a[:2, :2], s[:1, :2])),
        'toeplitz': plain(la.toeplitz(b, 2 * b)), 'vander': plain(np.vander(b, 3)),
        'convolution': {mode: plain(la.convolution_matrix(b, 4, mode)) for mode in ('full', 'same', 'valid')},
    })

target = pathlib.Path(__file__).parents[2] / 'test/oracle/linalg.json'
target.write_text(json.dumps(cases, separators=(',', ':')) + '\n')
