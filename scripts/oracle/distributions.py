"""Values of distributions to 17 digits, by mpmath with 60 digits: python3 scripts/oracle/distributions.py > test/oracle/distributions/tails.json"""
import json
import random

import mpmath as mp

mp.mp.dps = 60
rng = random.Random(7)


def rows(arguments, value):
    out = []
    for args in arguments:
        v = value(*[mp.mpf(a) for a in args])
        if 1e-300 < v < 1e300 or v == 0:
            out.append([*args, float(v)])
    return out


def log_uniform(low, high):
    return 10 ** rng.uniform(mp.log10(low), mp.log10(high))


def gamma_q(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def beta_i(a, b, x):
    # The side that converges, so that nothing cancels.
    return mp.betainc(a, b, 0, x, regularized=True)


def around(a):
    s = a**0.5
    return [max(a * f + s * z, 1e-3 * a) for f, z in [(1, 0), (1, 1), (1, 3), (1, 10), (1, -1), (1, -3), (0.5, 0), (3, 0)]]


shapes = [1e-3, 0.05, 0.5, 1, 1.5, 4.5, 10, 49.5, 333, 5000.5, 1e5]
gammas = [(a, x) for a in shapes for x in around(a)] + [(0.5, 680.0), (5, 700.0), (1, 690.0)]
betas = []
for _ in range(120):
    a, b = float(log_uniform(0.3, 3000)), float(log_uniform(0.3, 3000))
    x = a / (a + b) + rng.gauss(0, 3) * (a * b / (a + b) ** 3) ** 0.5
    if 0 < x < 1:
        betas.append((a, b, x))

chi = [(float(x), df) for df in [1, 2, 3, 9, 99, 1000] for x in [0.01, 0.5, df * 0.7, df, df * 1.5 + 3, df + 300, df + 900]]
student = [(t, df) for df in [1, 2.5, 7, 30, 1000.25, 1e6] for t in [1e-8, 0.3, 1.0, 2.5, 12.0, 35.0, 1e20, 1e100]]
fs = [(f, a, b) for a, b in [(1, 1), (3, 7), (10, 200), (1000, 12), (500, 700)] for f in [1e-3, 0.4, 1.0, 1.7, 9.0, 200.0]]
kolmogorov = [(x,) for x in [0.2, 0.3, 0.5, 0.79, 0.81, 1.0, 1.3580986393225507, 2.0, 5.0, 18.0]]
normal = [(z,) for z in [-8.0, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 1.959963984540054, 3.0, 6.0, 12.5, 26.0, 36.5]]
quantile = [(p,) for p in [1e-300, 1e-100, 1e-17, 1e-6, 0.02425, 0.1, 0.25, 0.4, 0.4999999999, 0.5000001, 0.6, 0.75, 0.9, 0.975, 0.9999999]]


def student_sf(t, df):
    return beta_i(df / 2, mp.mpf(1) / 2, df / (df + t * t)) / 2


def f_sf(f, a, b):
    return beta_i(b / 2, a / 2, b / (b + a * f))


def kolmogorov_sf(x):
    return 2 * mp.nsum(lambda k: (-1) ** (int(k) - 1) * mp.exp(-2 * k * k * x * x), [1, 400], method="d") if x > 0.5 else 1 - mp.sqrt(2 * mp.pi) / x * sum(
        mp.exp(-((2 * k - 1) ** 2) * mp.pi**2 / (8 * x * x)) for k in range(1, 40)
    )


def normal_quantile(p):
    if p < mp.mpf("0.1"):
        t = mp.sqrt(-2 * mp.log(p))
        start = -(t - mp.log(t))
        return mp.findroot(lambda z: mp.log(mp.erfc(-z / mp.sqrt(2)) / 2) - mp.log(p), start)
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def signed(arguments, value):
    return [[*args, float(value(*[mp.mpf(a) for a in args]))] for args in arguments]


print(
    json.dumps(
        {
            "lnGamma": signed([(x,) for x in [1e-10, 0.01, 0.3, 0.5, 0.999, 1.001, 1.4, 1.5, 1.9, 1.9999, 2.0001, 2.5, 2.6, 7.3, 15.0, 100.5, 1e6, 1e100]], mp.loggamma),
            "gammaIncQ": rows(gammas, gamma_q),
            "gammaIncP": rows(gammas, lambda a, x: mp.gammainc(a, 0, x, regularized=True)),
            "betaInc": rows(betas, beta_i),
            "normalSf": rows(normal, lambda z: mp.erfc(z / mp.sqrt(2)) / 2),
            "normalQuantile": signed(quantile, normal_quantile),
            "chiSquaredSf": rows(chi, lambda x, df: gamma_q(df / 2, x / 2)),
            "studentSf": rows(student, student_sf),
            "fSf": rows(fs, f_sf),
            "kolmogorovSf": rows(kolmogorov, kolmogorov_sf),
            "binomialPmf": rows([(k, n, p) for n, p in [(10, 0.3), (1000, 0.001), (100000, 0.5)] for k in [0, 3, 9, n // 2, n]], lambda k, n, p: mp.binomial(n, k) * p**k * (1 - p) ** (n - k)),
            "binomialSf": rows([(k, n, p) for n, p in [(10, 0.3), (1000, 0.01), (2000, 0.5)] for k in [0, 3, 9, 30, n // 2 + 50]], lambda k, n, p: beta_i(k + 1, n - k, p) if k < n else mp.mpf(0)),
        }
    )
)
