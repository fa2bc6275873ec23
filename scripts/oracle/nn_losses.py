"""Losses: writes test/oracle/nn/losses.json. Run from the package's folder: python3 scripts/oracle/nn_losses.py"""
import math

import torch
import torch.nn.functional as F
from nn_common import case, draw, write

labels = lambda *values: torch.tensor(values, dtype=torch.int64)
x, y = draw(3, 4, seed=1), draw(3, 4, seed=2)
chances = torch.sigmoid(draw(3, 4, seed=3)).mul(1e4).round().div(1e4)
yes = (draw(3, 4, seed=4) > 0).double()
signs = yes * 2 - 1
cases = []


def add(name, module, run, inputs, **options):
    """`run` takes the inputs; PyTorch's own options are bound in it."""
    cases.append(case(name, module, run, inputs, options=options))


for reduction in ("mean", "sum", "none"):
    add(f"mse {reduction}", "mseLoss", lambda a, b: F.mse_loss(a, b, reduction=reduction), [x, y], reduction=reduction)
    add(f"l1 {reduction}", "l1Loss", lambda a, b: F.l1_loss(a, b, reduction=reduction), [x, y], reduction=reduction)
    add(f"huber {reduction}", "huberLoss", lambda a, b: F.huber_loss(a, b, reduction=reduction, delta=0.7), [x, y], reduction=reduction, delta=0.7)
    add(f"smooth L1 {reduction}", "smoothL1Loss", lambda a, b: F.smooth_l1_loss(a, b, reduction=reduction, beta=0.4), [x, y], reduction=reduction, beta=0.4)
    add(f"hinge embedding {reduction}", "hingeEmbeddingLoss", lambda a, b: F.hinge_embedding_loss(a, b.detach(), reduction=reduction, margin=0.5), [x, signs.long()], reduction=reduction, margin=0.5)
    add(f"poisson {reduction}", "poissonNLLLoss", lambda a, b: F.poisson_nll_loss(a, b, reduction=reduction), [x, labels(*range(12)).reshape(3, 4)], reduction=reduction)
    add(f"binary {reduction}", "binaryCrossEntropy", lambda a, b: F.binary_cross_entropy(a, b.double(), reduction=reduction), [chances, yes.long()], reduction=reduction)
    add(f"binary logits {reduction}", "binaryCrossEntropyWithLogits", lambda a, b: F.binary_cross_entropy_with_logits(a, b, reduction=reduction), [x, chances], reduction=reduction)
    add(f"kl {reduction}", "klDiv", lambda a, b: F.kl_div(a, b, reduction=reduction), [x, chances], reduction=reduction)
    add(f"cosine {reduction}", "cosineEmbeddingLoss", lambda a, b, t: F.cosine_embedding_loss(a, b, t, reduction=reduction, margin=0.1), [x, y, labels(1, -1, 1)], reduction=reduction, margin=0.1)
    add(f"triplet {reduction}", "tripletMarginLoss", lambda a, b, c: F.triplet_margin_loss(a, b, c, reduction=reduction), [x, y, draw(3, 4, seed=5)], reduction=reduction)
add("kl batchmean", "klDiv", lambda a, b: F.kl_div(a, b, reduction="batchmean"), [x, chances], reduction="batchmean")
add("kl of logarithms", "klDiv", lambda a, b: F.kl_div(a, b, reduction="sum", log_target=True), [x, y], reduction="sum", logTarget=True)
add("smooth L1 without squares", "smoothL1Loss", lambda a, b: F.smooth_l1_loss(a, b, beta=0), [x, y], beta=0)
add("smooth L1 at kinks", "smoothL1Loss", lambda a: F.smooth_l1_loss(a, torch.zeros(5)), [torch.tensor([0.0, 1, -1, 1e10, -1e10])])
add("huber at kinks", "huberLoss", lambda a: F.huber_loss(a, torch.zeros(5), delta=2), [torch.tensor([0.0, 2, -2, 1e10, -1e10])], delta=2)
add("poisson of rates", "poissonNLLLoss", lambda a, b: F.poisson_nll_loss(a, b, log_input=False, full=True), [chances, labels(*range(12)).reshape(3, 4)], logInput=False, full=True)
add("binary at its ends", "binaryCrossEntropy", lambda a, b: F.binary_cross_entropy(a, b.double()), [torch.tensor([0.0, 1, 0.25, 1]), labels(0, 1, 1, 1)])
add("binary weighted", "binaryCrossEntropy weighted", lambda a, b: F.binary_cross_entropy(a, b, weight=torch.tensor([1.0, 2, 3, 4])), [chances, yes], weight=[1, 2, 3, 4])
add("binary logits weighted", "binaryCrossEntropyWithLogits weighted", lambda a, b: F.binary_cross_entropy_with_logits(a, b, weight=torch.tensor([1.0, 2, 3, 4]), pos_weight=torch.tensor([0.5, 3, 1, 2])), [x, chances], weight=[1, 2, 3, 4], posWeight=[0.5, 3, 1, 2])
add("binary logits, large", "binaryCrossEntropyWithLogits", lambda a, b: F.binary_cross_entropy_with_logits(a, b.double(), reduction="none"), [torch.tensor([-1e4, 1e4, -1e4, 1e4, 0]), labels(0, 0, 1, 1, 1)], reduction="none")
add("triplet, swapped, p 3", "tripletMarginLoss", lambda a, b, c: F.triplet_margin_loss(a, b, c, margin=2, p=3, swap=True), [x, y, draw(3, 4, seed=6)], margin=2, p=3, swap=True)

# ---- classes
logits, weight = draw(4, 5, seed=7, scale=2), torch.tensor([0.5, 1, 2, 0.25, 3])
target = labels(1, 4, 0, 4)
grid, grid_target = draw(2, 3, 2, 3, seed=8), labels(0, 2, 1, 1, -100, 0, 2, 2, 1, 0, 0, -100).reshape(2, 2, 3)
soft = torch.softmax(draw(4, 5, seed=9), 1)
soft = torch.cat([soft[:, :-1].mul(1e3).round().div(1e3), torch.zeros(4, 1)], 1)
soft[:, -1] = 1 - soft.sum(1)
soft = soft.mul(1e3).round().div(1e3)
for reduction in ("mean", "sum", "none"):
    for weighted in (False, True):
        for smoothing in (0.0, 0.1):
            w = weight if weighted else None
            options = {"reduction": reduction, "labelSmoothing": smoothing, **({"weight": weight.tolist()} if weighted else {})}
            name = f"{reduction}{', weighted' if weighted else ''}{', smoothed' if smoothing else ''}"
            kind = " weighted" if weighted else ""
            add(f"cross-entropy {name}", "crossEntropy" + kind, lambda a, t: F.cross_entropy(a, t, weight=w, reduction=reduction, label_smoothing=smoothing), [logits, target], **options)
            add(f"cross-entropy of probabilities {name}", "crossEntropy" + kind, lambda a, t: F.cross_entropy(a, t, weight=w, reduction=reduction, label_smoothing=smoothing), [logits, soft], **options)
            w3 = weight[:3] if weighted else None
            if weighted:
                options = {**options, "weight": weight[:3].tolist()}
            add(f"cross-entropy of pictures {name}", "crossEntropy" + kind, lambda a, t: F.cross_entropy(a, t, weight=w3, reduction=reduction, label_smoothing=smoothing), [grid, grid_target], **options)
add("cross-entropy of one", "crossEntropy", lambda a, t: F.cross_entropy(a, t), [logits[0], torch.tensor(2)])
add("cross-entropy, ignored", "crossEntropy", lambda a, t: F.cross_entropy(a, t, ignore_index=4), [logits, target], ignoreIndex=4)
add("cross-entropy, all ignored", "crossEntropy", lambda a, t: F.cross_entropy(a, t), [logits, labels(-100, -100, -100, -100)])
add("cross-entropy, large", "crossEntropy", lambda a, t: F.cross_entropy(a, t, reduction="none"), [torch.tensor([[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -1e4, -1e4]]), labels(0, 1, 2)], reduction="none")
add("cross-entropy, a logit -Infinity", "crossEntropy", lambda a, t: F.cross_entropy(a, t, reduction="none"), [torch.tensor([[1.0, -math.inf, 0]]), labels(0)], reduction="none")
logp = torch.log_softmax(logits, 1).mul(1e4).round().div(1e4)
for reduction in ("mean", "sum", "none"):
    add(f"nll {reduction}", "nllLoss", lambda a, t: F.nll_loss(a, t, reduction=reduction), [logp, target], reduction=reduction)
    add(f"nll weighted {reduction}", "nllLoss weighted", lambda a, t: F.nll_loss(a, t, reduction=reduction, weight=weight, ignore_index=0), [logp, target], reduction=reduction, weight=weight.tolist(), ignoreIndex=0)
    add(f"multi-margin {reduction}", "multiMarginLoss", lambda a, t: F.multi_margin_loss(a, t, reduction=reduction), [logits, target], reduction=reduction)
    add(f"multi-margin p 2 {reduction}", "multiMarginLoss weighted", lambda a, t: F.multi_margin_loss(a, t, reduction=reduction, p=2, margin=0.5, weight=weight), [logits, target], reduction=reduction, p=2, margin=0.5, weight=weight.tolist())
add("nll of pictures", "nllLoss", lambda a, t: F.nll_loss(a, t), [grid, grid_target])
add("nll of one", "nllLoss", lambda a, t: F.nll_loss(a, t), [logp[0], torch.tensor(3)])

# ---- boxes: torchvision's formulas, written out
def giou(a, b, general):
    inter = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    size = lambda t: (t[:, 2:] - t[:, :2]).prod(1)
    union = size(a) + size(b) - inter
    iou = inter / (union + 1e-7)
    if not general:
        return (1 - iou).mean()
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    return (1 - iou + (hull - union) / (hull + 1e-7)).mean()


boxes = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 4], [0, 0, 1, 1]])
others = torch.tensor([[0.5, 1, 3, 2.5], [1, 1.5, 3.5, 3], [2, 2, 3, 3.5]])
add("iou", "iouLoss", lambda a, b: giou(a, b, False), [boxes, others])
add("giou", "giouLoss", lambda a, b: giou(a, b, True), [boxes, others])

# ---- norms of a residual
add("norm, spectral", "normLoss spectral", lambda a, b: torch.linalg.matrix_norm(a - b, 2), [x, y])
add("norm, nuclear, relative", "normLoss nuclear", lambda a, b: torch.linalg.matrix_norm(a - b, "nuc") / torch.linalg.matrix_norm(b.detach(), "nuc"), [x, y.requires_grad_(False)], relative=True)
add("norm, frobenius, squared", "normLoss frobenius", lambda a, b: (a - b).square().sum(), [x, y], squared=True)
write("losses", cases)
