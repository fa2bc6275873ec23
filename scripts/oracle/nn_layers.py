"""Activations, embeddings and parametrizations: writes test/oracle/nn/layers.json and embedding.json. Run from the package's folder:
python3 scripts/oracle/nn_layers.py"""
import torch
from torch import nn
from torch.nn.utils import parametrizations, weight_norm

from nn_common import case, draw, write

torch.manual_seed(3)
x, grid = draw(3, 5, seed=1, scale=2), draw(2, 3, 2, 2, seed=2)
kinks = torch.tensor([0.0, -0.0, 1e4, -1e4, 1e-8, -1e-8])
cases = []
add = lambda *args, **more: cases.append(case(*args, **more))

for name, run, args, options in [
    ("ReLU", nn.ReLU(), [], {}),
    ("LeakyReLU", nn.LeakyReLU(0.2), [0.2], {}),
    ("ELU", nn.ELU(1.5), [1.5], {}),
    ("GELU", nn.GELU(), [], {}),
    ("GELU", nn.GELU(approximate="tanh"), [], {"approximate": "tanh"}),
    ("SiLU", nn.SiLU(), [], {}),
    ("Sigmoid", nn.Sigmoid(), [], {}),
    ("Tanh", nn.Tanh(), [], {}),
    ("Softplus", nn.Softplus(2, 1000), [2], {}),
]:
    add(f"{name} {options or ''}", name, run, [x], args, options)
    add(f"{name} {options or ''} far out", name, run, [kinks], args, options)
add("Softmax", "Softmax", nn.Softmax(1), [grid], [], {"axis": 1})
add("LogSoftmax", "LogSoftmax", nn.LogSoftmax(-1), [x], [], {"axis": -1})
add("PReLU", "PReLU", nn.PReLU(), [x])
add("PReLU by channel", "PReLU", nn.PReLU(3), [grid], [3])
add("Flatten", "Flatten", nn.Flatten(), [grid])
add("Flatten of axes", "Flatten", nn.Flatten(0, 2), [grid], [0, 2])
add("Unflatten", "Unflatten", nn.Unflatten(1, (1, 5)), [x], [1, [1, -1]])
places = torch.tensor([[1, 3, 1], [0, 2, 3]])
add("Embedding", "Embedding", nn.Embedding(4, 3), [places], [4, 3])
add("Embedding, padded", "Embedding", nn.Embedding(4, 3, padding_idx=1), [places], [4, 3], {"paddingIdx": 1})

add("weight norm", "weightNorm", weight_norm(nn.Linear(5, 4)), [x], [5, 4])
add("weight norm of all", "weightNorm", weight_norm(nn.Linear(5, 4), dim=None), [x], [5, 4], {"axis": None})
add("weight norm of columns", "weightNorm", weight_norm(nn.Linear(5, 4), dim=1), [x], [5, 4], {"axis": 1})
for mode in ("train", "eval"):
    add(f"spectral norm, {mode}", "spectralNorm", parametrizations.spectral_norm(nn.Linear(5, 4)), [x], [5, 4], mode=mode)
    add(f"spectral norm, 3 steps, axis 1, {mode}", "spectralNorm", parametrizations.spectral_norm(nn.Linear(5, 4), n_power_iterations=3, dim=1), [x], [5, 4], {"nPowerIterations": 3, "axis": 1}, mode=mode)
for ours, theirs in (("matrixExp", "matrix_exp"), ("cayley", "cayley"), ("householder", "householder")):
    for out in (5, 3, 7):
        layer = parametrizations.orthogonal(nn.Linear(5, out), orthogonal_map=theirs)

        def move(layer):
            """Away from where training starts; Householder's diagonal stays."""
            original = layer.parametrizations.weight.original
            original.data += draw(*original.shape, seed=out, scale=0.4).tril(-1) if out >= 5 else draw(*original.shape, seed=out, scale=0.4).triu(1)

        add(f"orthogonal {ours} {out}", "orthogonal", layer, [x], [5, out], {"orthogonalMap": ours}, prepare=move)
plain = parametrizations.orthogonal(nn.Linear(5, 7), orthogonal_map="householder", use_trivialization=False)
add("orthogonal householder without base", "orthogonal", plain, [x], [5, 7], {"orthogonalMap": "householder", "useTrivialization": False})
write("layers", cases)

# PyTorch adds 1e-7 to norms before it divides: apart, for a tolerance of their own.
cases = []
add("Embedding, norms limited", "Embedding", nn.Embedding(6, 3, max_norm=0.8), [places], [6, 3], {"maxNorm": 0.8})
add("Embedding, L1 norms limited", "Embedding", nn.Embedding(6, 3, max_norm=0.8, norm_type=1), [places], [6, 3], {"maxNorm": 0.8, "normType": 1})
write("embedding", cases)
