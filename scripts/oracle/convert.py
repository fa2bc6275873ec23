"""Rounding to narrow floats by NumPy and PyTorch, for test/weights/convert.test.ts.

Usage: python3 scripts/oracle/convert.py > test/oracle/convert.json
"""
import json
import numpy as np
import torch

rng = np.random.default_rng(3)
# Ties, neighbours of ties, subnormal numbers of f16 and bf16, the edges of their ranges, and random ones of every size.
edges = [0.0, -0.0, 1.0, 1 + 2**-11, 1 + 2**-11 + 2**-20, 1 + 3 * 2**-11, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-9, 65504.0, 65519.0, -65504.0]
edges += [2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 3 * 2.0**-25, 2.0**-15 * 1.7, 1e-8, 2.0**-126, 2.0**-133, 2.0**-134, 1.5 * 2.0**-134]
random = rng.standard_normal(200) * 10.0 ** rng.uniform(-9, 4, 200)
f32 = np.array(edges + list(random), np.float32)
# Beyond f32's digits: where rounding twice (by way of f32) would give another number.
f64 = np.concatenate([f32.astype(np.float64), 1 + 2.0**-11 + 2.0**-40 * np.array([-1, 0, 1]), (1 + rng.integers(0, 1024, 40) * 2.0**-10 + 2.0**-11) * (1 + 2.0**-45 * rng.choice([-1, 1], 40))])
f64 = np.concatenate([f64, random])


def hexes(x):
    return x.tobytes().hex()


print(json.dumps({
    "f32": hexes(f32),
    "f64": hexes(f64),
    "f32_f16": hexes(f32.astype(np.float16)),
    "f64_f16": hexes(f64.astype(np.float16)),
    "f64_f32": hexes(f64.astype(np.float32)),
    "f32_bf16": hexes(torch.from_numpy(f32).bfloat16().view(torch.int16).numpy()),
}))
