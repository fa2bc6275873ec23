"""Differences of matrices by NumPy and SciPy: angles between leading singular spaces, and LoRA changes formed densely: test/oracle/diff.json.

Run: python3 scripts/oracle/diff.py > test/oracle/diff.json
Operands are not stored: `noise(seed, count)` and `planted(...)` are written the same in test/weights/diff-files.ts, with the same rounding.
"""
import json
import sys

import numpy as np
from scipy.linalg import subspace_angles


def noise(seed, count):
    state, out = seed, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(float(np.float32(state / 2**31 - 1)))
    return out


def planted(seed, m, n, turn):
    """Four strong directions in noise; `turn` moves them."""
    base = noise(seed, m * n)
    u, v, w = noise(seed + 1, 4 * m), noise(seed + 2, 4 * n), noise(seed + 3, 4 * m)
    x = np.empty((m, n))
    for i in range(m):
        for j in range(n):
            value = base[i * n + j]
            for t in range(4):
                value += (8 - t) * (u[t * m + i] + turn * w[t * m + i]) * v[t * n + j]
            x[i, j] = value
    return x.astype(np.float32).astype(np.float64)


def angles(m, n, turn):
    a, b = planted(3, m, n, 0.0), planted(3, m, n, turn)
    k = max(1, min(4, min(m, n) - 1))
    ua, sa, va = np.linalg.svd(a, full_matrices=False)
    ub, sb, vb = np.linalg.svd(b, full_matrices=False)
    return {
        "m": m, "n": n, "turn": turn, "k": k,
        "left": subspace_angles(ua[:, :k], ub[:, :k]).tolist(),
        "right": subspace_angles(va[:k].T, vb[:k].T).tolist(),
        "gapA": float(1 - sa[k] / sa[k - 1]), "gapB": float(1 - sb[k] / sb[k - 1]),
    }


def lora(m, n, r, scale):
    w = np.array(noise(11, m * n)).reshape(m, n)
    a = np.array(noise(12, r * n)).reshape(r, n)
    b = np.array(noise(13, m * r)).reshape(m, r)
    d = scale * b @ a
    s = np.linalg.svd(d, compute_uv=False)
    new = w + d
    return {
        "m": m, "n": n, "r": r, "scale": scale,
        "l2A": float(np.linalg.norm(w)), "l2B": float(np.linalg.norm(new)), "deltaL2": float(np.linalg.norm(d)),
        "relative": float(np.linalg.norm(d) / np.linalg.norm(w)),
        "cosine": float((w * new).sum() / np.linalg.norm(w) / np.linalg.norm(new)),
        "values": s[: min(r, 16)].tolist(), "nuclear": float(s[: min(m, n, r)].sum()),
    }


def two(m, n, ra, rb, sa, sb):
    a1, b1 = np.array(noise(21, ra * n)).reshape(ra, n), np.array(noise(22, m * ra)).reshape(m, ra)
    a2, b2 = np.array(noise(23, rb * n)).reshape(rb, n), np.array(noise(24, m * rb)).reshape(m, rb)
    one, other = sa * b1 @ a1, sb * b2 @ a2
    s = np.linalg.svd(other - one, compute_uv=False)
    l2 = np.linalg.norm
    return {
        "m": m, "n": n, "ranks": [ra, rb], "scales": [sa, sb],
        "l2A": float(l2(one)), "l2B": float(l2(other)), "deltaL2": float(l2(other - one)),
        "relative": float(l2(other - one) / l2(one)), "cosine": float((one * other).sum() / l2(one) / l2(other)),
        "values": s[: min(ra + rb, 16)].tolist(),
    }


json.dump(
    {
        "numpy": np.__version__,
        "angles": [angles(*x) for x in [(12, 8, 0.1), (5, 30, 0.5), (9, 3, 1e-6), (2, 2, 0.3), (150, 140, 0.05), (130, 300, 1.0)]],
        "lora": [lora(*x) for x in [(12, 8, 2, 1.0), (8, 12, 4, 0.5), (6, 5, 5, 2.0), (4, 5, 7, 1.0), (60, 40, 8, 0.25), (1, 6, 1, 1.0)]],
        "two": [two(*x) for x in [(12, 8, 2, 3, 1.0, 1.0), (30, 40, 4, 4, 0.5, 2.0), (5, 6, 4, 4, 1.0, 0.25)]],
    },
    sys.stdout,
)
