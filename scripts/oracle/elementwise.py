"""
The oracle of test/kernels/elementwise-functions.test.ts: transcendental functions of f64, in two words, from 60 digits. Needs mpmath.

  python3 scripts/oracle/elementwise.py [points, 48] [FILE]     writes test/oracle/elementwise.json, or FILE
"""
import json
import math
import random
import sys

from mpmath import (acos, asin, atan, atan2, cos, erf, erfc, exp, expm1, isinf, isnan, log, log1p, mp, mpf, pi, power, sin, sqrt, tan, tanh)

mp.dps = 60
INF, NAN = math.inf, math.nan
TINY, SMALLEST, LARGEST = 2.0**-1022, 2.0**-1074, 1.7976931348623157e308
EDGES = [0.0, -0.0, SMALLEST, -SMALLEST, TINY, -TINY, 1.0, -1.0, 0.5, -0.5, 1e-300, -1e-9, 1e-17, 2.0, -2.0, 10.0, -40.0, 1e5, LARGEST, -LARGEST, INF, -INF, NAN]


def sigmoid(x):
    return 1 / (1 + exp(-x))


def gelu(x):
    return x * erfc(-x / sqrt(2)) / 2


def gelu_tanh(x):
    return x * sigmoid(2 * sqrt(2 / pi) * (x + mpf(0.044715) * x**3))


def uniform(low, high):
    return lambda r: r.uniform(low, high)


def scales(low, high, signs=(-1, 1)):
    """Every scale from 2^low to 2^high."""
    return lambda r: r.choice(signs) * r.uniform(1, 2) * 2.0 ** r.randint(low, high - 1)


def near(points, width):
    return lambda r: r.choice(points) * (1 + width * r.uniform(-1, 1))


def turns(r):
    """Next to a multiple of pi / 2."""
    return float(mpf(r.randint(1, 10 ** r.randint(1, 15))) * pi / 2)


# name: function, where to draw from, what it is at -inf and inf
LOGISTIC = [uniform(-40, 40), uniform(-2, 2), uniform(-745, -700), scales(-60, 6)]
ONE = {
    'exp': (exp, [uniform(-20, 20), uniform(-745, 709), uniform(-745.2, -708), uniform(709, 709.78), scales(-60, 2)], (0, INF)),
    'expm1': (expm1, [uniform(-1, 1), uniform(-40, 709), uniform(-1, 2), scales(-60, 2)], (-1, INF)),
    'log': (log, [scales(-1074, 1023, (1,)), near([1], 0.5), near([1], 1e-3), near([1], 1e-10)], (NAN, INF)),
    'log1p': (log1p, [scales(-80, 80, (1,)), uniform(-1, 1), uniform(-0.01, 0.01), uniform(-0.5, 1), uniform(-1, -0.999), scales(-60, 0)], (NAN, INF)),
    'log2': (lambda x: log(x) / log(2), [scales(-1074, 1023, (1,)), near([1], 0.5), near([1], 1e-3), near([1], 1e-10), lambda r: 2.0 ** r.randint(-1074, 1023)], (NAN, INF)),
    'sin': (sin, [uniform(-4, 4), uniform(-100, 100), scales(-30, 1023), turns, scales(10, 22)], (NAN, NAN)),
    'cos': (cos, [uniform(-4, 4), uniform(-100, 100), scales(-30, 1023), turns, scales(10, 22)], (NAN, NAN)),
    'tan': (tan, [uniform(-4, 4), uniform(-100, 100), scales(-30, 1023), turns, scales(10, 22)], (NAN, NAN)),
    'asin': (asin, [uniform(-1, 1), near([1, -1, 0.5, -0.5], 1e-3), scales(-40, 0)], (NAN, NAN)),
    'acos': (acos, [uniform(-1, 1), near([1, -1, 0.5, -0.5], 1e-3), scales(-40, 0)], (NAN, NAN)),
    'atan': (atan, [uniform(-4, 4), scales(-60, 60), near([0.4375, 0.6875, 1.1875, 2.4375], 0.01)], (-pi / 2, pi / 2)),
    'tanh': (tanh, [uniform(-1, 1), uniform(-22, 22), scales(-60, 5), near([0.5, -1], 0.01)], (-1, 1)),
    'sigmoid': (sigmoid, LOGISTIC, (0, 1)),
    'erf': (erf, [uniform(-1, 1), uniform(-6, 6), scales(-60, 3), near([0.84], 0.01)], (-1, 1)),
    'gelu': (gelu, [uniform(-38.5, 10), uniform(-3, 3), uniform(-38.6, -36), scales(-60, 4)], (-0.0, INF)),
    'geluTanh': (gelu_tanh, [uniform(-22, 10), uniform(-3, 3), uniform(-21.8, -20.5), scales(-60, 4)], (-0.0, INF)),
    'silu': (lambda x: x * sigmoid(x), LOGISTIC + [uniform(-752, -740)], (-0.0, INF)),
    'softplus': (lambda x: log1p(exp(x)), LOGISTIC, (0, INF)),
}
TWO = {
    'pow': (power, [
        lambda r: (r.uniform(0, 10), r.uniform(-20, 20)), lambda r: (scales(-1074, 1023, (1,))(r), r.uniform(-2, 2)), lambda r: (1 + r.uniform(-1e-3, 1e-3), scales(5, 18)(r)),
        lambda r: (r.uniform(-9, 9), float(r.randint(-30, 30))), lambda r: (float(r.randint(-99, 99)), float(r.randint(0, 8))), lambda r: (r.uniform(0.9, 1.1), r.uniform(-7400, 7400)),
        lambda r: (2.0 ** r.randint(-20, 20), r.randint(-100, 100) / 4), lambda r: (r.uniform(0, 2), r.uniform(1000, 1075)),
    ]),
    'atan2': (atan2, [lambda r: (r.uniform(-2, 2), r.uniform(-2, 2)), lambda r: (scales(-500, 500)(r), scales(-500, 500)(r)), lambda r: (scales(-9, 9)(r), scales(-9, 9)(r))]),
}


def plain(x):
    return x if math.isfinite(x) else 'NaN' if math.isnan(x) else 'Infinity' if x > 0 else '-Infinity'


def words(exact, zero=0.0):
    """The nearest f64 and what it lacks, a few digits of it. An exact value beyond f64's range is infinite."""
    if isinstance(exact, float) and (exact == 0 or not math.isfinite(exact)):
        return plain(exact), 0
    if getattr(exact, 'imag', 0) != 0 or isnan(exact):
        return 'NaN', 0
    if isinf(exact):
        return plain(float(exact)), 0
    exact = mpf(exact)
    if exact == 0:
        return zero, 0
    # float() of mpmath does not round subnormal numbers to nearest: whole multiples of the smallest are exact.
    from_smallest = exact / mpf(SMALLEST)
    high = float(exact) if abs(exact) >= TINY else float(mp.nint(from_smallest)) * SMALLEST
    if math.isinf(high):
        return plain(high), 0
    low = exact - mpf(high)
    return (math.copysign(high, float(mp.sign(exact)))), float(mp.nstr(low, 5))


def value(f, x, ends):
    if math.isnan(x):
        return NAN
    if math.isinf(x):
        return ends[0] if x < 0 else ends[1]
    if f in (log, ONE['log2'][0]):
        if x == 0:
            return -INF
        if x < 0:
            return NAN
    if f is log1p and x <= -1:
        return -INF if x == -1 else NAN
    if f in (asin, acos) and abs(x) > 1:
        return NAN
    if abs(x) > 1e4 and f in (gelu, gelu_tanh, ONE['silu'][0], ONE['softplus'][0], sigmoid, exp, expm1):
        return {exp: (0, INF), expm1: (-1, INF), sigmoid: (0, 1)}.get(f, (0 if f is ONE['softplus'][0] else -0.0, x))[0 if x < 0 else 1]
    return f(mpf(x))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    path = sys.argv[2] if len(sys.argv) > 2 else 'test/oracle/elementwise.json'
    result = {}
    for name, (f, draws, ends) in ONE.items():
        r = random.Random(name)
        xs = EDGES + [draws[i % len(draws)](r) for i in range(count)]
        odd = name not in ('exp', 'cos', 'acos', 'log', 'log2', 'sigmoid', 'softplus')
        pairs = []
        for x in xs:
            exact = value(f, x, ends)
            # A result too small for f64 keeps the sign that the function has there.
            zero = -0.0 if odd and math.copysign(1, x) < 0 else 0.0
            pairs.append(words(exact, zero))
        result[name] = {'x': [plain(x) for x in xs], 'high': [h for h, _ in pairs], 'low': [l for _, l in pairs]}
    for name, (f, draws) in TWO.items():
        r = random.Random(name)
        points = [draws[i % len(draws)](r) for i in range(3 * count)]
        points = [(x, y) for x, y in points if not (name == 'pow' and x == 0)]
        pairs = [words(f(mpf(x), mpf(y))) for x, y in points]
        result[name] = {'x': [x for x, _ in points], 'y': [y for _, y in points], 'high': [h for h, _ in pairs], 'low': [l for _, l in pairs]}
    with open(path, 'w') as file:
        # One line for each function; JSON has -0, which Python writes as -0.0.
        file.write('{\n' + ',\n'.join(f'{json.dumps(k)}: {json.dumps(v, separators=(",", ":"))}' for k, v in result.items()) + '\n}\n')


main()
