"""Iterates of PyTorch's L-BFGS, and SciPy's fits, for test/optim: problems by formula, so that the test builds the same.

Usage: python3 scripts/oracle/secondOrder.py > test/oracle/optim/secondOrder.json
"""
import json
import numpy as np
import scipy
import scipy.optimize
import torch

torch.set_default_dtype(torch.float64)


def formula(n, p):
    """sin(1 + 3 i + 7 j + i j)"""
    i, j = torch.meshgrid(torch.arange(n), torch.arange(p), indexing="ij")
    return torch.sin((1 + 3 * i + 7 * j + i * j).double())


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def quadratic(x):
    return 0.5 * (x * x * (1 + torch.arange(len(x)) * 3.0)).sum() - x.sum()


def logistic(w):
    X = formula(30, len(w))
    sign = torch.where(X[:, 0] + 0.3 * torch.sin(torch.arange(30) * 2.0) > 0, 1.0, -1.0)
    return torch.nn.functional.softplus(-sign * (X @ w)).mean() + 0.01 * (w * w).sum()


problems = {"rosenbrock": rosenbrock, "quadratic": quadratic, "logistic": logistic}
starts = [
    ("rosenbrock", [-1.2, 1.0]),
    ("rosenbrock", [-1.2, 1.0, -0.5, 0.8, 1.5, 2.0]),
    ("quadratic", [3.0, -2.0, 5.0, 1.0, 0.0, -7.0, 2.0, 1.0]),
    ("logistic", [0.0] * 5),
]
out = {"torch": torch.__version__, "scipy": scipy.__version__, "lbfgs": [], "fits": []}
for name, start in starts:
    for options in [
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "history_size": 3, "lr": 0.5},
        {"lr": 0.001 if name == "rosenbrock" else 0.3},
    ]:
        x = torch.tensor(start, requires_grad=True)
        optimizer = torch.optim.LBFGS([x], max_iter=4, **options)
        iterates, losses = [], []

        def closure():
            optimizer.zero_grad()
            loss = problems[name](x)
            loss.backward()
            return loss

        for _ in range(6):
            losses.append(optimizer.step(closure).item())
            iterates.append(x.detach().tolist())
        state = optimizer.state[x]
        out["lbfgs"].append({"problem": name, "start": start, "options": options, "iterates": iterates, "losses": losses, "evaluations": state["func_evals"], "iterations": state["n_iter"]})

# y = a exp(-k t) + c with formula noise.
t = np.arange(25) * 0.2
y = 3 * np.exp(-1.3 * t) + 0.5 + 0.05 * np.sin(7 * np.arange(25.0))
params, covariance = scipy.optimize.curve_fit(lambda t, a, k, c: a * np.exp(-k * t) + c, t, y, p0=[1, 1, 1], ftol=1e-15, xtol=1e-15, gtol=1e-15)
out["fits"].append({"params": params.tolist(), "covariance": covariance.ravel().tolist()})
print(json.dumps(out))
