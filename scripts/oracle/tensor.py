"""What tensor operations give in NumPy and PyTorch: writes test/oracle/tensor.json.

Reductions, scans and softmax over axes with their gradients (PyTorch, float64), gradients at kinks (PyTorch), and types of results (NumPy).
Run from the package's folder: python3 scripts/oracle/tensor.py
"""
import json
import math

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(20)


def plain(x):
    """Nested lists in which non-finite numbers are strings."""
    if isinstance(x, torch.Tensor):
        x = x.detach().numpy()
    if isinstance(x, np.ndarray):
        return plain(x.tolist())
    if isinstance(x, list):
        return [plain(one) for one in x]
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def lines(x, axes):
    """x with the reduced axes as the last one."""
    axes = [a % x.dim() for a in (range(x.dim()) if axes is None else axes)]
    rest = [a for a in range(x.dim()) if a not in axes]
    return x.permute(rest + axes).reshape([x.shape[a] for a in rest] + [-1])


reductions = {
    "sum": lambda x: x.sum(-1),
    "mean": lambda x: x.mean(-1),
    "prod": lambda x: x.prod(-1),
    "variance": lambda x: x.var(-1),
    "std": lambda x: x.std(-1),
    "min": lambda x: x.min(-1).values,
    "max": lambda x: x.max(-1).values,
    "argmin": lambda x: x.argmin(-1),
    "argmax": lambda x: x.argmax(-1),
    "logsumexp": lambda x: x.logsumexp(-1),
    "any": lambda x: x.any(-1),
    "all": lambda x: x.all(-1),
    "countNonzero": lambda x: x.count_nonzero(-1),
    "variance ddof 0": lambda x: x.var(-1, unbiased=False),
    "std ddof 0": lambda x: x.std(-1, unbiased=False),
}
for p in (0, 0.5, 1, 1.5, 2, 3, math.inf):
    reductions[f"norm {'Infinity' if p == math.inf else p}"] = lambda x, p=p: torch.linalg.vector_norm(x, p, -1)

along = {
    "softmax": lambda x, axis: x.softmax(axis),
    "logSoftmax": lambda x, axis: x.log_softmax(axis),
    "cumsum": lambda x, axis: x.cumsum(axis),
    "cumprod": lambda x, axis: x.cumprod(axis),
}


def case(op, axes, x, fn):
    x = torch.tensor(x, requires_grad=True)
    y = fn(x)
    out = {"op": op, "axis": axes, "shape": list(y.shape), "values": plain(y.reshape(-1))}
    if y.dtype == torch.float64 and y.requires_grad:
        weights = torch.linspace(0.5, 1.5, y.numel()).reshape(y.shape)
        (y * weights).sum().backward()
        out["gradient"] = plain((torch.zeros_like(x) if x.grad is None else x.grad).reshape(-1))
    return out


data = np.round(rng.normal(size=(2, 3, 2)), 3)
zeros = data.copy()
zeros[0, 1, 0] = zeros[1, 2, 1] = zeros[1, 2, 0] = 0
cases = []
for name, fn in reductions.items():
    for axes in (None, [0], [-1], [0, 2], [1, 2]):
        cases.append(case(name, axes, data, lambda x: fn(lines(x, axes))))
for name, fn in along.items():
    for axis in (0, 1, -1):
        cases.append(case(name, [axis], data, lambda x: fn(x, axis)))
with_zeros = [case(op, axes, zeros, lambda x: reductions[op](lines(x, axes))) for op in ("prod", "any", "all", "countNonzero", "norm 0", "norm 1", "norm 2", "norm 3") for axes in (None, [0], [1], [0, 2])]
with_zeros += [case("cumprod", [axis], zeros, lambda x: x.cumprod(axis)) for axis in (0, 1, 2)]

inf, nan = math.inf, math.nan
edge_inputs = {
    "one": [2.5],
    "constant": [0.1, 0.1, 0.1],
    "zeros": [0.0, 0.0, 0.0],
    "near one": [1 + 1e-12, 1 + 3e-12, 1 - 2e-12],
    "infinite": [1.0, inf, 2.0],
    "minus infinite": [-inf, -inf, -inf],
    "nan": [1.0, nan, 3.0],
    "ties": [1.0, 3.0, -3.0, 3.0],
    "far": [1000.0, 1001.0, -1000.0],
}
edges = []
for label, values in edge_inputs.items():
    for op in ("variance", "std", "logsumexp", "norm 1", "norm 2", "norm 3", "norm Infinity", "max", "min", "mean", "argmax", "argmin"):
        edges.append({"input": label, **case(op, None, values, lambda x: reductions[op](lines(x, None)))})
    for op in ("softmax", "logSoftmax"):
        edges.append({"input": label, **case(op, [0], values, lambda x: along[op](x, 0))})

F = torch.nn.functional
points = [-inf, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5, inf]
kinks = {
    "abs": torch.abs, "sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil, "round": torch.round, "trunc": torch.trunc,
    "exp": torch.exp, "expm1": torch.expm1, "log": torch.log, "log1p": torch.log1p, "log2": torch.log2, "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt, "square": torch.square, "reciprocal": torch.reciprocal, "atan": torch.atan, "tanh": torch.tanh,
    "asin": torch.asin, "acos": torch.acos, "sigmoid": torch.sigmoid, "erf": torch.erf, "relu": torch.relu, "leakyRelu": lambda x: F.leaky_relu(x, 0.01),
    "elu": F.elu, "gelu": F.gelu, "silu": F.silu, "softplus": F.softplus,
    "clamp": lambda x: x.clamp(-1, 1), "maximum": lambda x: torch.maximum(x, torch.ones(())), "minimum": lambda x: torch.minimum(x, torch.ones(())),
    "x^0": lambda x: x**0, "x^2": lambda x: x**2, "x^0.5": lambda x: x**0.5, "x^-1": lambda x: x**-1.0, "2^x": lambda x: 2.0**x, "0^x": lambda x: 0.0**x,
}
slopes = {}
for name, fn in kinks.items():
    x = torch.tensor(points, requires_grad=True)
    y = fn(x)
    y.sum().backward()
    slopes[name] = {"values": plain(y), "gradient": plain(x.grad)}

names = {"bool": np.bool_, "i32": np.int32, "f32": np.float32, "f64": np.float64}
back = {np.dtype(v): k for k, v in names.items()} | {np.dtype(np.int64): "i64", np.dtype(np.int8): "i8", np.dtype(np.float16): "f16"}
types = {}
for name, fn in {
    "add": np.add, "mul": np.multiply, "div": np.divide, "pow": np.power, "maximum": np.maximum, "remainder": np.remainder,
    "floorDivide": np.floor_divide, "atan2": np.arctan2, "eq": np.equal, "lt": np.less, "logicalAnd": np.logical_and,
}.items():
    types[name] = {f"{a} {b}": back[fn(np.ones(1, names[a]), np.ones(1, names[b])).dtype] for a in names for b in names}
one_types = {}
for name, fn in {
    "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "floor": np.floor, "square": np.square, "mean": np.mean, "variance": np.var, "std": np.std,
    "max": np.max, "min": np.min, "any": np.any, "all": np.all, "isnan": np.isnan, "sort": np.sort,
}.items():
    one_types[name] = {}
    for a in names:
        try:
            one_types[name][a] = back[np.asarray(fn(np.ones(1, names[a]))).dtype]
        except TypeError:
            one_types[name][a] = None

with open("test/oracle/tensor.json", "w") as file:
    json.dump({
        "made": f"NumPy {np.__version__}, PyTorch {torch.__version__.split('+')[0]}",
        "data": plain(data.reshape(-1)), "zeros": plain(zeros.reshape(-1)), "shape": list(data.shape),
        "cases": cases, "withZeros": with_zeros, "edgeInputs": {k: plain(v) for k, v in edge_inputs.items()}, "edges": edges,
        "points": plain(points), "slopes": slopes, "types": types, "oneTypes": one_types,
    }, file, separators=(",", ":"))
    file.write("\n")
