"""Writes test/oracle/norms.json: values, duals, projections and proximal steps of norms by convex optimization that knows nothing of how the
package computes them. Run: python3 scripts/oracle/norms.py

All norms here depend on the sizes of elements alone, so each problem is solved over y >= 0 for |x| and given back the signs. A norm is a set of
smooth constraints for "norm(y) <= tau", with auxiliary variables z where it has corners:

  projection   least 1/2 ||y - |x| ||^2          with norm(y) <= radius
  prox         least 1/2 ||y - |x| ||^2 + t tau  with norm(y) <= tau

SciPy's SLSQP solves it; what it finds is held against the duality gap before it is written. Norms of matrices are norms of NumPy's singular
values."""
import json
import pathlib

import numpy as np
from scipy.optimize import minimize

rng = np.random.default_rng(11)


class Model:
    """norm(y) <= tau as constraints(y, z, tau) >= 0; start(y) are values of z that hold for tau = value(y)."""

    def __init__(self, value, dual, constraints, start=lambda y: np.zeros(0), point=None):
        self.value, self.dual, self.constraints, self.start, self.point = value, dual, constraints, start, point


def lp(p):
    q = np.inf if p == 1 else 1 if p == np.inf else p / (p - 1)
    if p == 1:
        constraints = lambda y, z, tau: [tau - y.sum()]
    elif p == np.inf:
        constraints = lambda y, z, tau: tau - y
    else:
        # Scaled by tau so that the constraint is of degree 1.
        constraints = lambda y, z, tau: [tau - np.power(np.maximum(y, 1e-300), p).sum() ** (1 / p)]
    return Model(lambda y: np.linalg.norm(y, p), lambda y: np.linalg.norm(y, q), constraints)


def top_sum(k):
    top = lambda y: np.sort(y)[::-1][:k].sum()
    # k s + sum u <= tau with u >= y - s, u >= 0: linear programming duality.
    constraints = lambda y, z, tau: np.concatenate([[tau - k * z[0] - z[1:].sum()], z[1:] - y + z[0], z[1:]])

    def start(y):
        s = np.sort(y)[::-1][k - 1]
        return np.concatenate([[s], np.maximum(0, y - s)])

    return Model(top, lambda y: max(y.max(), y.sum() / k), constraints, start)


def top_sum_dual(k):
    one = top_sum(k)
    return Model(one.dual, one.value, lambda y, z, tau: np.concatenate([tau - y, [k * tau - y.sum()]]))


def weighted(base, w):
    w = np.asarray(w, dtype=float)
    return Model(
        lambda y: base.value(w * y),
        lambda y: base.dual(y / w),
        lambda y, z, tau: base.constraints(w * y, z, tau),
        lambda y: base.start(w * y),
    )


def elastic_net(a, b):
    """a ||y||_1 + b / 2 ||y||_2^2, no norm: what SLSQP finds is held against the point that the optimality conditions give by bisection."""
    value = lambda y: a * y.sum() + b / 2 * (y**2).sum()
    return Model(value, lambda y: y.max() / a, lambda y, z, tau: [tau - a * y.sum() - b / 2 * (y**2).sum()],
                 point=lambda x, radius, t: elastic_point(a, b, x, radius, t))


def elastic_point(a, b, x, radius=None, t=None):
    step = lambda t: np.maximum(0, x - t * a) / (1 + t * b)
    low, high = 0.0, 1e6
    if t is None:
        for _ in range(200):
            t = (low + high) / 2
            y = step(t)
            low, high = (t, high) if a * y.sum() + b / 2 * (y**2).sum() > radius else (low, t)
    return step(t)


def group(inner, outer, groups):
    """`groups` are lists of places. Auxiliary: the radius of each group, then what each inner norm needs."""
    sizes = [len(inner.start(np.ones(len(g)))) for g in groups]
    ends = np.cumsum([len(groups)] + sizes)
    last = len(outer.start(np.ones(len(groups))))
    inners = lambda y: np.array([inner.value(y[g]) for g in groups])

    def constraints(y, z, tau):
        v = z[: len(groups)]
        parts = [np.ravel(inner.constraints(y[g], z[a:b], v[i])) for i, (g, a, b) in enumerate(zip(groups, ends, ends[1:]))]
        return np.concatenate(parts + [v, np.ravel(outer.constraints(v, z[len(z) - last:], tau))])

    def start(y):
        v = inners(y)
        return np.concatenate([v] + [inner.start(y[g]) for g in groups] + [outer.start(v)])

    return Model(
        lambda y: outer.value(inners(y)),
        lambda y: outer.dual(np.array([inner.dual(y[g]) for g in groups])),
        constraints,
        start,
    )


def solve(model, a, radius=None, t=None):
    n = len(a)
    begin = a * (radius / model.value(a) if radius is not None else 0.5)
    z0 = model.start(begin)
    tau0 = [] if radius is not None else [model.value(begin)]
    split = lambda v: (v[:n], v[n:n + len(z0)], radius if radius is not None else v[-1])

    def objective(v):
        y, _, tau = split(v)
        return 0.5 * ((y - a) ** 2).sum() + (0 if t is None else t * tau)

    def slope(v):
        y, _, _ = split(v)
        return np.concatenate([y - a, np.zeros(len(z0)), [] if t is None else [t]])

    fun = lambda v: np.ravel(model.constraints(*split(v)))

    def jac(v):
        # Complex steps: derivatives to the last bit, which differences do not have.
        step = 1e-30j * np.eye(len(v))
        return np.array([fun(v + one).imag / 1e-30 for one in step]).T

    best, least = None, np.inf
    v = np.concatenate([begin, z0, tau0])
    for _ in range(8):
        found = minimize(
            objective, v, jac=slope, method='SLSQP', options={'ftol': 1e-17, 'maxiter': 2000},
            bounds=[(0, None)] * n + [(None, None)] * len(z0) + [(0, None)] * len(tau0),
            constraints=[{'type': 'ineq', 'fun': fun, 'jac': jac}],
        )
        y = np.maximum(0, found.x[:n])
        g = gap(model, a, y, radius, t)
        if g < least:
            best, least = y, g
        v = found.x + 1e-3 * rng.standard_normal(len(found.x)) * np.abs(found.x).max()
        if least < 1e-13:
            break
    return best, least


def gap(model, a, y, radius, t):
    if model.point is not None:
        return np.abs(y - model.point(a, radius, t)).max()
    return duality_gap(model, a, y, radius, t)


def duality_gap(model, a, y, radius, t):
    """Bounds ||y - answer||^2 / 2, for a y made feasible: by weak duality with the multiplier that a - y suggests."""
    rest = a - y
    if radius is not None:
        over = max(0.0, model.value(y) / radius - 1)
        return abs(radius * model.dual(np.abs(rest)) - rest @ y) + over
    over = max(0.0, model.dual(np.abs(rest)) / t - 1)
    return abs(t * model.value(y) - rest @ y) + over


def case(name, model, x, onto, back, parts=(0.55, 0.2)):
    """`onto` gives the sizes that the model is of, `back` a tensor of other sizes."""
    a = onto(x)
    one = {'norm': name, 'x': x.tolist(), 'value': model.value(a), 'dual': None if model.point else model.dual(a), 'project': [], 'prox': []}
    for part in parts:
        radius, t = part * model.value(a), part * model.dual(a)
        y, error = solve(model, a, radius=radius)
        p, more = solve(model, a, t=t)
        worst = max(error, more)
        print(f'{name:44s} {part} gap {error:.1e} {more:.1e}')
        assert worst < 1e-8, name
        one['project'].append({'radius': radius, 'y': back(x, y).tolist()})
        one['prox'].append({'t': t, 'y': back(x, p).tolist()})
    return one


def of_elements(name, model, x):
    return case(name, model, x, lambda x: np.abs(x).ravel(), lambda x, y: (np.sign(x).ravel() * y).reshape(x.shape))


def of_singular_values(name, model, x):
    def back(x, y):
        u, _, vt = np.linalg.svd(x, full_matrices=False)
        return u @ np.diag(y) @ vt

    return case(name, model, x, lambda x: np.linalg.svd(x, compute_uv=False), back)


vector = lambda: np.round(rng.standard_normal(7), 3)
matrix = lambda m=4, n=3: np.round(rng.standard_normal((m, n)), 3)
rows = lambda m, n: [list(range(i * n, (i + 1) * n)) for i in range(m)]
columns = lambda m, n: [list(range(j, m * n, n)) for j in range(n)]
l1, l2, linf = lp(1), lp(2), lp(np.inf)
named = {'l1': l1, 'l2': l2, 'linf': linf, 'lp(3)': lp(3), 'lp(1.5)': lp(1.5)}

cases = [of_elements(name, model, vector()) for name, model in named.items()]
w = [1, 2, 0.5, 4, 1, 0.25, 3]
for name in ('l1', 'l2', 'linf', 'lp(3)'):
    cases.append(of_elements(f'weighted({name})', weighted(named[name], w), vector()) | {'weights': w})
cases.append(of_elements('elasticNet(0.5, 2)', elastic_net(0.5, 2), vector()))
for name, model in {
    'frobenius': l2, 'spectral': linf, 'nuclear': l1, 'schatten(3)': lp(3), 'schatten(1.5)': lp(1.5),
    'kyFan(2)': top_sum(2), 'kyFan(3)': top_sum(3), 'kyFan(2).dual': top_sum_dual(2), 'kyFan(3).dual': top_sum_dual(3),
}.items():
    cases.append(of_singular_values(name, model, matrix(5, 4)))
for name, inner, outer, groups in [
    ('oneNorm', l1, linf, columns), ('infNorm', l1, linf, rows), ('oneNorm.dual', linf, l1, columns),
] + [
    (f'group({a}, {b})', named[a], named[b], rows)
    for a in ('l1', 'l2', 'linf', 'lp(3)')
    for b in ('l1', 'l2', 'linf', 'lp(1.5)')
] + [('group(l2, l1, columns)', l2, l1, columns), ('group(linf, l2, columns)', linf, l2, columns)]:
    cases.append(of_elements(name, group(inner, outer, groups(3, 4)), matrix(3, 4)))

target = pathlib.Path(__file__).parents[2] / 'test/oracle/norms.json'
short = json.loads(json.dumps(cases), parse_float=lambda text: float(f'{float(text):.12g}'))
target.write_text('[\n' + ',\n'.join(json.dumps(one, separators=(',', ':')) for one in short) + '\n]\n')
