"""Attention, transformer encoder, layer norm and RMS norm: writes test/oracle/nn/attention.json. Run: python3 scripts/oracle/nn_attention.py"""
import math

import torch
import torch.nn.functional as F
from nn_common import case, draw, write
from torch import nn

cases = []
names = {"bias": "bias", "batchFirst": "batch_first", "kdim": "kdim", "vdim": "vdim"}


def bools(*shape, seed=0, share=0.4):
    return draw(*shape, seed=seed, low=0.0) < share


class Attention(nn.Module):
    """nn.MultiheadAttention with masks as inputs; parameters keep their names."""

    def __init__(self, layer, average):
        super().__init__()
        for name, value in layer.named_parameters(recurse=False):
            self.register_parameter(name, value)
        self.out_proj = layer.out_proj
        object.__setattr__(self, "layer", layer)
        self.average = average

    def forward(self, q, k, v, padding, mask):
        return self.layer(q, k, v, key_padding_mask=padding, attn_mask=mask, average_attn_weights=self.average)


def multihead(name, E, heads, L, S, N, masks=(None, None), average=True, **options):
    torch.manual_seed(len(cases))
    layer = nn.MultiheadAttention(E, heads, **{names[key]: value for key, value in options.items()})
    sizes = [(L, E), (S, options.get("kdim", E)), (S, options.get("vdim", E))]
    shape = lambda length, size: [length, size] if N is None else [N, length, size] if options.get("batchFirst") else [length, N, size]
    inputs = [draw(*shape(*one), seed=10 * len(cases) + i) for i, one in enumerate(sizes)]
    settings = {**options, "averageAttnWeights": average}
    cases.append(case(name, "MultiheadAttention", Attention(layer, average), [*inputs, *masks], args=[E, heads], options=settings))


all_but_one = torch.ones(2, 5, dtype=torch.bool)
all_but_one[:, 3] = False
later = torch.triu(torch.ones(4, 5, dtype=torch.bool), 1)
floats = draw(4, 5, seed=3)
padding = torch.tensor([[0, 0, 1, 0, 1], [0, 0, 0, 0, 1]], dtype=torch.bool)
multihead("attention", 6, 2, 4, 5, 2)
multihead("attention, each head's weights, batch first", 6, 3, 4, 5, 2, average=False, batchFirst=True)
multihead("attention, no bias, other sizes", 6, 2, 4, 5, 2, bias=False, kdim=3, vdim=5)
multihead("attention, other sizes", 4, 2, 4, 5, 2, kdim=3, vdim=4)
multihead("attention, one sequence", 6, 2, 4, 5, None)
multihead("attention, one head, length one", 4, 1, 1, 1, 1)
multihead("attention, all keys but one left out", 6, 2, 4, 5, 2, masks=(all_but_one, None))
multihead("attention, causal", 6, 2, 4, 5, 2, masks=(None, later))
multihead("attention, causal and padded", 6, 2, 4, 5, 2, masks=(padding, later))
multihead("attention, floats added", 6, 2, 4, 5, 2, masks=(None, floats), batchFirst=True)
multihead("attention, floats of each head", 6, 2, 4, 5, 2, masks=(None, draw(4, 4, 5, seed=4)))
multihead("attention, booleans of each head", 6, 2, 4, 5, 2, masks=(None, bools(4, 4, 5, seed=5, share=0.3)))
multihead("attention, floats for keys", 6, 2, 4, 5, 2, masks=(draw(2, 5, seed=6), None))


def scaled(name, q, k, v, mask=None, causal=False):
    """softmax(Q K^T / sqrt(E) + mask) V by its definition; PyTorch 1.13's own function is not public."""

    def run(q, k, v, mask):
        products = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if causal:
            products = products.masked_fill(torch.ones(q.shape[-2], k.shape[-2]).triu(1).bool(), -math.inf)
        if mask is not None:
            products = products.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else products + mask
        return products.softmax(-1) @ v

    cases.append(case(name, "scaledDotProductAttention", run, [q, k, v, mask], options={"isCausal": causal}))


q, k, v = draw(2, 3, 4, 6, seed=20), draw(2, 3, 5, 6, seed=21), draw(2, 3, 5, 2, seed=22)
only_one = torch.zeros(4, 5, dtype=torch.bool)
only_one[:, 2] = True
scaled("scaled product", q, k, v)
scaled("scaled product, causal", q, k, v, causal=True)
scaled("scaled product, one key each", q, k, v, only_one)
scaled("scaled product, floats", q, k, v, draw(3, 4, 5, seed=23))
scaled("scaled product, large", q * 100, k * 100, v)
scaled("scaled product, matrices", q[0, 0], k[0, 0], v[0, 0])


class Encoder(nn.Module):
    """The encoder with masks as inputs; parameters keep their names."""

    def __init__(self, layer):
        super().__init__()
        for name, child in layer.named_children():
            self.add_module(name, child)
        object.__setattr__(self, "layer", layer)

    def forward(self, x, mask, padding):
        return self.layer(x, mask, padding)


def encoder(name, shape, masks=(None, None), layers=0, norm=False, **options):
    torch.manual_seed(len(cases))
    given = {"dim_feedforward": 7, "dropout": 0.0, "activation": options.get("activation", "relu"), "batch_first": options.get("batchFirst", False), "norm_first": options.get("normFirst", False), "layer_norm_eps": options.get("layerNormEps", 1e-5)}
    layer = nn.TransformerEncoderLayer(shape[-1], 2, **given)
    run = layer if layers == 0 else nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(shape[-1]) if norm else None)
    settings = {**options, "dimFeedforward": 7, "dropout": 0, **({"layers": layers, "norm": norm} if layers else {})}
    kind = "TransformerEncoder" if layers else "TransformerEncoderLayer"
    cases.append(case(name, kind, Encoder(run), [draw(*shape, seed=len(cases)), *masks], args=[shape[-1], 2], options=settings))


square = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
ends = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]], dtype=torch.bool)
encoder("encoder layer", [4, 3, 6])
encoder("encoder layer, norm first, gelu, batch first", [3, 4, 6], normFirst=True, activation="gelu", batchFirst=True)
encoder("encoder layer, causal and padded", [4, 3, 6], masks=(square, ends), layerNormEps=0.1)
encoder("encoder layer, one sequence", [4, 6])
encoder("encoder of three layers", [3, 4, 6], masks=(square, None), layers=3, batchFirst=True)
encoder("encoder of two layers, norm first and last", [4, 3, 6], layers=2, norm=True, normFirst=True)

# ---- norms
for shape, size, options in (
    ([3, 5], [5], {}),
    ([2, 3, 4], [3, 4], {}),
    ([4, 1], [1], {}),
    ([2, 9], [9], {"eps": 0.3}),
    ([2, 3, 7], [7], {"elementwiseAffine": False}),
    ([0, 5], [5], {}),
):
    run = nn.LayerNorm(size, eps=options.get("eps", 1e-5), elementwise_affine=options.get("elementwiseAffine", True))

    def varied(layer):
        for i, value in enumerate(layer.parameters()):
            value.data.copy_(draw(*value.shape, seed=i))

    cases.append(case(f"layer norm of {shape} over {size} {options or ''}", "LayerNorm", run, [draw(*shape, seed=30, scale=2.0) + 1], args=[size], options=options, prepare=varied))


class RMSNorm(nn.Module):
    """By its definition; PyTorch has it from 2.4 on."""

    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(draw(*size, seed=40))
        self.eps = eps

    def forward(self, x):
        axes = tuple(range(-self.weight.dim(), 0))
        return x * (x.square().mean(axes, keepdim=True) + self.eps).rsqrt() * self.weight


for shape, size, eps in (([3, 5], [5], 1e-6), ([2, 3, 4], [3, 4], 0.2), ([2, 1], [1], 1e-3)):
    cases.append(case(f"RMS norm of {shape} over {size}, eps {eps}", "RMSNorm", RMSNorm(size, eps), [draw(*shape, seed=41)], args=[size], options={"eps": eps}))

write("attention", cases)
