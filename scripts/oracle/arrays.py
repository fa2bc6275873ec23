"""What NumPy makes of einsum, broadcasting, slices, reshapes and places: test/oracle/arrays.json.

Run: python3 scripts/oracle/arrays.py > test/oracle/arrays.json
Operands are not stored: element i of operand number n (from 0), row-major, is `value(n, i)`, exact in float64.
"""
import json
import sys

import numpy as np


def value(n, i):
    return ((i * (7 + 2 * n) + 3 * n) % 11) - 5


def operand(n, shape):
    size = int(np.prod(shape, dtype=int))
    return np.array([value(n, i) for i in range(size)], dtype=np.float64).reshape(shape)


def result(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "values": [float(v) for v in x.ravel()]}


einsums = [
    ("ij,jk->ik", [[2, 3], [3, 4]]), ("ij,jk", [[2, 3], [3, 4]]), ("ij->ji", [[2, 3]]), ("ba", [[2, 3]]), ("ii", [[3, 3]]),
    ("ii->i", [[3, 3]]), ("ij->", [[2, 3]]), ("ij->j", [[2, 3]]), ("i,i", [[4], [4]]), ("i,j->ij", [[3], [2]]), ("i,j->ji", [[3], [2]]),
    ("bij,bjk->bik", [[2, 3, 4], [2, 4, 2]]), ("bij,bkj->bik", [[2, 3, 4], [2, 5, 4]]), ("bqhd,bkhd->bhqk", [[2, 3, 2, 4], [2, 5, 2, 4]]),
    ("...ij,...jk->...ik", [[2, 3, 4], [4, 2]]), ("...i->...", [[2, 3]]), ("i...->...i", [[2, 3, 4]]), ("...,...", [[2, 1], [3]]),
    ("ij,jk,kl->il", [[2, 3], [3, 4], [4, 2]]), ("ij,ij->ij", [[2, 3], [2, 3]]), ("ij,ij", [[2, 3], [2, 3]]), ("iij->j", [[2, 2, 3]]),
    ("ijij->ij", [[2, 3, 2, 3]]), ("a,b,c->cba", [[2], [3], [2]]), ("ab,cb->", [[2, 3], [4, 3]]), ("ab,cd->", [[2, 3], [1, 2]]),
    ("ijk,jil->kl", [[2, 3, 4], [3, 2, 2]]), ("xyz,z->xy", [[2, 2, 3], [3]]), ("i,ij,j", [[2], [2, 3], [3]]), (",ij->ij", [[], [2, 2]]),
    ("ij,j->i", [[0, 3], [3]]), ("ij,j->i", [[3, 0], [0]]), ("bi,bi->b", [[4, 3], [4, 3]]), ("Ab,bA->A", [[2, 3], [3, 2]]),
]

broadcasts = [
    ([2, 3], [3]), ([2, 1], [1, 3]), ([4, 1, 3], [2, 1]), ([], [2, 2]), ([1], [3]), ([2, 3], [2, 3]), ([0, 3], [3]), ([0, 1], [1, 4]),
    ([1, 1, 1, 2], [3, 1, 2, 1]), ([5, 4], [1]), ([2, 1, 1, 1, 2], [3, 1, 2, 1]),
]

slices = [
    ([5], ["1:4"]), ([5], ["::-1"]), ([5], ["-2:"]), ([5], [":-2"]), ([5], ["4:0:-2"]), ([5], ["10:"]), ([5], ["-10:3"]), ([5], ["3:1"]),
    ([4, 5], ["1", "::2"]), ([4, 5], [":", "-1"]), ([4, 5], ["::-2", "::-1"]), ([3, 4, 5], ["1:", "0", "::3"]), ([3, 4, 5], ["-1", "-2", "-3"]),
    ([3, 4], ["2:0:-1"]), ([3, 4], [":", "1:1"]), ([2, 2, 2, 2], [":", "0", ":", "::-1"]), ([5], ["2:-10:-1"]), ([5], ["-1:-6:-1"]),
]

reshapes = [
    ([2, 3], None, [6]), ([2, 3], None, [3, 2]), ([2, 3], [1, 0], [6]), ([2, 3, 4], [0, 2, 1], [2, 12]), ([2, 3, 4], [2, 0, 1], [4, 6]),
    ([2, 3, 4], [1, 0, 2], [3, 8]), ([2, 3, 4], [1, 2, 0], [12, -1]), ([4, 1, 6], [2, 1, 0], [6, 2, 2]), ([4], None, [2, 2, 1]), ([1, 1], None, []),
    ([0, 3], None, [3, 0]), ([2, 3, 4, 5], [0, 1, 3, 2], [6, 20]), ([2, 3, 4, 5], [2, 3, 0, 1], [20, 6]),
]


def parse(word):
    return slice(*[int(p) if p else None for p in word.split(":")]) if ":" in word else int(word)


rng = np.random.default_rng(0)
places = []
for shape, axis, k in [([3, 4], 0, 2), ([3, 4], 1, 5), ([2, 3, 4], 1, 2), ([5], 0, 7), ([2, 2, 2], 2, 1)]:
    x = operand(0, shape)
    index_shape = list(shape)
    index_shape[axis] = k
    index = rng.integers(-shape[axis], shape[axis], index_shape)
    line = rng.integers(-shape[axis], shape[axis], k)
    source = operand(1, index_shape)
    added = x.copy()
    for at in np.ndindex(*index_shape):
        to = list(at)
        to[axis] = index[at]
        added[tuple(to)] += source[at]
    lines = x.copy()
    np.add.at(lines, (slice(None),) * axis + (line,), source)
    places.append({
        "shape": shape, "axis": axis, "index": index.ravel().tolist(), "indexShape": index_shape, "line": line.tolist(),
        "gather": result(np.take_along_axis(x, index, axis)), "select": result(np.take(x, line, axis)),
        "scatterAdd": result(added), "indexAdd": result(lines),
    })

json.dump({
    "numpy": np.__version__,
    "einsum": [{"equation": e, "shapes": s, **result(np.einsum(e, *[operand(n, one) for n, one in enumerate(s)]))} for e, s in einsums],
    "broadcast": [{"a": a, "b": b, **result(operand(0, a) * 100 + operand(1, b))} for a, b in broadcasts],
    "slice": [{"of": s, "ranges": r, **result(operand(0, s)[tuple(parse(one) for one in r)])} for s, r in slices],
    "reshape": [{"of": s, "axes": a, "to": t, **result(operand(0, s).transpose(a if a else range(len(s))).reshape(t))} for s, a, t in reshapes],
    "places": places,
}, sys.stdout, separators=(",", ":"))
print()
