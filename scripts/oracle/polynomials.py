"""
The polynomials of assembly/array/elementwise that are ours (the others are FreeBSD's msun): near-minimax by Chebyshev interpolation in 60 digits.
Needs mpmath. Prints for each the coefficients, lowest power first, and the largest relative error of the polynomial.

  python3 scripts/oracle/polynomials.py
"""
from mpmath import chebyfit, cos, erf, erfc, exp, log, mp, mpf, pi, polyval, sqrt, tanh, taylor

mp.dps = 60


def near_zero(f, order):
    """f with its Taylor series where the formula would divide zero by zero."""
    series = None

    def safe(x):
        nonlocal series
        if abs(x) > mpf('1e-12'):
            return f(x)
        if series is None:
            series = order
        return polyval(series[::-1], x)

    return safe


def scaled_erfc(t):
    """(1 + 2 t) exp(t^2) erfc(t)."""
    return (1 + 2 * t) * (exp(t * t) * erfc(t) if t < 60 else 1 / (t * sqrt(pi)) * (1 - 1 / (2 * t * t) + 3 / (4 * t**4)))


def from_mapped(f, middle):
    """f(t) by u = (t - middle) / (t + middle) in [-1, 1)."""
    return lambda u: f(middle * (1 + u) / (1 - u)) if u < 1 - mpf('1e-20') else 2 / sqrt(pi)


half = log(2) / 2
third = mpf(1) / 3
FITS = [
    ('exp_f64: (e^r - 1 - r) / r^2', near_zero(lambda r: (exp(r) - 1 - r) / r**2, [mpf(1) / 2, mpf(1) / 6]), -half, half, 10),
    ('exp_f32: the same', near_zero(lambda r: (exp(r) - 1 - r) / r**2, [mpf(1) / 2, mpf(1) / 6]), -half, half, 4),
    ('exp for f32 in f64: the same', near_zero(lambda r: (exp(r) - 1 - r) / r**2, [mpf(1) / 2, mpf(1) / 6]), -half, half, 6),
    ('tanh_f32: (tanh x - x) / x^3 by z = x^2', near_zero(lambda z: (tanh(sqrt(z)) - sqrt(z)) / sqrt(z)**3, [-third, mpf(2) / 15]), 0, mpf('0.390625'), 4),
    ('erf_f64: erf(t) / t by z = t^2', near_zero(lambda z: erf(sqrt(z)) / sqrt(z), [2 / sqrt(pi), -2 / (3 * sqrt(pi))]), 0, mpf('0.72'), 10),
    ('erf for f32: the same', near_zero(lambda z: erf(sqrt(z)) / sqrt(z), [2 / sqrt(pi), -2 / (3 * sqrt(pi))]), 0, mpf('0.72'), 5),
    ('erfc_f64: (1 + 2t) exp(t^2) erfc(t) by u', from_mapped(scaled_erfc, 4), -1, mpf('0.75'), 22),
    ('erfc for f32: the same', from_mapped(scaled_erfc, 3), -1, mpf(5) / 9, 10),
]

if __name__ == '__main__':
    for name, f, low, high, degree in FITS:
        coefficients = chebyfit(f, [low, high], degree + 1)
        points = [(low + high) / 2 + (high - low) / 2 * cos(pi * (i + mpf(1) / 3) / 500) for i in range(500)]
        error = max(abs(polyval(coefficients, x) / f(x) - 1) for x in points)
        print(f'{name}, degree {degree}, relative error {float(error):.2g}')
        for c in coefficients[::-1]:
            print('   ', repr(float(c)))
