"""Convolution, pools, norms by channel, upsampling: writes test/oracle/nn/conv.json, pool.json and channels.json. Run from the package's folder:
python3 scripts/oracle/nn_conv.py"""
import torch
import torch.nn.functional as F
from nn_common import case, draw, write

nn = torch.nn
words = {"padding_mode": "paddingMode", "output_padding": "outputPadding", "ceil_mode": "ceilMode", "count_include_pad": "countIncludePad",
         "divisor_override": "divisorOverride", "track_running_stats": "trackRunningStats", "scale_factor": "scaleFactor", "align_corners": "alignCorners"}


def camel(options):
    return {words.get(key, key): value for key, value in options.items()}


def module(cases, name, kind, x, args, phase="train", prepare=None, **options):
    torch.manual_seed(len(cases))
    made = getattr(nn, kind)(*args, **options)
    cases.append(case(f"{kind} {name}", kind, made, [x], args=args, options=camel(options), mode=phase, prepare=prepare))


# ---- convolution
conv = []
image = draw(2, 2, 5, 6, seed=1)
for name, x, args, options in [
    ("3x3", image, (2, 3, 3), {}),
    ("1x1", image, (2, 3, 1), {}),
    ("1x1, stride 2", image, (2, 3, 1), dict(stride=2)),
    ("1x1, padded", draw(1, 2, 2, 3, seed=2), (2, 2, 1), dict(padding=1)),
    ("as large as the image", image, (2, 3, (5, 6)), {}),
    ("larger than the image, padded", draw(1, 1, 2, 2, seed=3), (1, 2, 5), dict(padding=2)),
    ("3x3, padding 1", image, (2, 3, 3), dict(padding=1)),
    ("3x2, padding 2 and 1, stride 2 and 3", image, (2, 3, (3, 2)), dict(padding=(2, 1), stride=(2, 3))),
    ("stride 3, what is left over", draw(1, 2, 9, 8, seed=4), (2, 2, 2), dict(stride=3)),
    ("dilation 2", image, (2, 2, (2, 3)), dict(dilation=2, padding=1)),
    ("dilation 1 and 3, stride 2", draw(1, 2, 5, 8, seed=5), (2, 2, (3, 2)), dict(dilation=(1, 3), stride=(1, 2))),
    ("same", image, (2, 2, (3, 4)), dict(padding="same")),
    ("same, dilation", image, (2, 2, (2, 3)), dict(padding="same", dilation=(3, 2))),
    ("valid, no bias", image, (2, 2, 2), dict(padding="valid", bias=False)),
    ("2 groups", draw(2, 4, 4, 5, seed=6), (4, 6, 3), dict(groups=2, padding=1)),
    ("depthwise", draw(2, 3, 5, 5, seed=7), (3, 3, 3), dict(groups=3, padding=1)),
    ("depthwise, multiplier 2, stride 2", draw(2, 3, 5, 6, seed=8), (3, 6, 3), dict(groups=3, stride=2, padding=1)),
    ("depthwise, dilation 2", draw(1, 2, 6, 5, seed=9), (2, 2, 3), dict(groups=2, dilation=2, padding=2)),
    ("one channel", draw(2, 1, 6, 7, seed=10), (1, 4, 3), dict(padding=1)),
    ("one channel, 5x5", draw(1, 1, 7, 9, seed=11), (1, 2, 5), dict(padding=2)),
    ("one filter", draw(2, 3, 4, 4, seed=12), (3, 1, 3), {}),
    ("without batch", draw(2, 4, 5, seed=13), (2, 3, 3), dict(padding=1)),
    ("empty batch", draw(0, 2, 4, 5, seed=14), (2, 3, 3), {}),
    ("3x3, wide", draw(1, 3, 9, 19, seed=15), (3, 5, 3), dict(padding=1)),
]:
    module(conv, name, "Conv2d", x, args, **options)
line = draw(2, 3, 11, seed=20)
for name, x, args, options in [
    ("5", line, (3, 4, 5), {}),
    ("same, dilation 3", line, (3, 2, 4), dict(padding="same", dilation=3)),
    ("stride 4, padding 3", line, (3, 2, 7), dict(stride=4, padding=3)),
    ("depthwise", line, (3, 3, 3), dict(groups=3, padding=1)),
    ("without batch", draw(3, 8, seed=21), (3, 2, 3), {}),
]:
    module(conv, name, "Conv1d", x, args, **options)
for name, x, args, options in [
    ("2x3x2", draw(1, 2, 3, 4, 4, seed=22), (2, 2, (2, 3, 2)), dict(padding=(1, 0, 1), stride=(1, 1, 2))),
    ("3x3x3, 2 groups", draw(2, 2, 3, 3, 4, seed=23), (2, 4, 3), dict(padding=1, groups=2)),
]:
    module(conv, name, "Conv3d", x, args, **options)
for name, x, args, options in [
    ("2x2, stride 2", draw(2, 3, 3, 4, seed=30), (3, 2, 2), dict(stride=2)),
    ("3x3, stride 2, padding 1, one more behind", draw(2, 2, 3, 4, seed=31), (2, 3, 3), dict(stride=2, padding=1, output_padding=1)),
    ("4x3, stride 3 and 2", draw(1, 2, 3, 3, seed=32), (2, 2, (4, 3)), dict(stride=(3, 2), padding=(1, 0), output_padding=(2, 0))),
    ("dilation 2, 2 groups", draw(2, 4, 3, 3, seed=33), (4, 6, 3), dict(dilation=2, groups=2, padding=1)),
    ("depthwise, no bias", draw(2, 2, 4, 3, seed=34), (2, 2, 3), dict(groups=2, bias=False)),
    ("without batch", draw(2, 3, 3, seed=35), (2, 2, 3), {}),
    ("1x1", draw(2, 2, 3, 3, seed=36), (2, 3, 1), {}),
    ("empty batch", draw(0, 2, 3, 3, seed=37), (2, 3, 2), {}),
]:
    module(conv, name, "ConvTranspose2d", x, args, **options)
module(conv, "stride 2", "ConvTranspose1d", draw(2, 3, 5, seed=38), (3, 2, 4), stride=2, padding=1)
module(conv, "dilation 3", "ConvTranspose1d", draw(1, 3, 4, seed=39), (3, 2, 2), dilation=3, stride=2, output_padding=2)
write("conv", conv)

# ---- pools
pool = []
ties = torch.tensor([1.0, 1, 0, 2, 2, 2, 2, 1, float("nan"), 0, float("-inf"), float("-inf")]).reshape(1, 1, 2, 6)
for name, x, args, options in [
    ("2", draw(2, 3, 4, 6, seed=1), (2,), {}),
    ("2, odd", draw(2, 2, 5, 7, seed=2), (2,), {}),
    ("2, odd, up", draw(2, 2, 5, 7, seed=2), (2,), dict(ceil_mode=True)),
    ("3, stride 2, padding 1", draw(2, 2, 6, 7, seed=3), (3,), dict(stride=2, padding=1)),
    ("3, stride 2, padding 1, up", draw(1, 2, 6, 7, seed=3), (3,), dict(stride=2, padding=1, ceil_mode=True)),
    ("overlapping", draw(1, 2, 5, 6, seed=4), (3,), dict(stride=1)),
    ("stride beyond the kernel, up", draw(1, 1, 7, 8, seed=5), (2,), dict(stride=(3, 4), ceil_mode=True)),
    ("dilation 2", draw(1, 2, 6, 7, seed=6), ((2, 3),), dict(stride=1, dilation=2, padding=1)),
    ("3x2", draw(1, 2, 6, 7, seed=7), ((3, 2),), {}),
    ("as large as the image", draw(2, 2, 3, 4, seed=8), ((3, 4),), {}),
    ("ties, NaN, -Infinity", ties, (2,), {}),
    ("2, wide", draw(1, 2, 4, 22, seed=9), (2,), {}),
    ("without batch", draw(2, 4, 4, seed=10), (2,), {}),
    ("empty batch", draw(0, 2, 4, 4, seed=10), (2,), {}),
]:
    module(pool, name, "MaxPool2d", x, args, **options)
module(pool, "3, stride 2, padding 1", "MaxPool1d", draw(2, 2, 9, seed=11), (3,), stride=2, padding=1)
module(pool, "dilation 3, up", "MaxPool1d", draw(1, 2, 12, seed=12), (3,), stride=2, dilation=3, ceil_mode=True)
for name, x, args, options in [
    ("2", draw(2, 2, 4, 6, seed=21), (2,), {}),
    ("3, stride 2, padding 1", draw(1, 2, 6, 7, seed=22), (3,), dict(stride=2, padding=1)),
    ("3, stride 2, padding 1, up", draw(1, 2, 6, 7, seed=23), (3,), dict(stride=2, padding=1, ceil_mode=True)),
    ("padding left out", draw(1, 2, 6, 7, seed=24), (3,), dict(stride=2, padding=1, count_include_pad=False, ceil_mode=True)),
    ("divisor 5", draw(1, 2, 5, 5, seed=25), ((3, 2),), dict(divisor_override=5)),
    ("without batch", draw(2, 4, 4, seed=26), (2,), {}),
]:
    module(pool, name, "AvgPool2d", x, args, **options)
module(pool, "4, stride 3, padding 2", "AvgPool1d", draw(2, 2, 11, seed=27), (4,), stride=3, padding=2)
module(pool, "padding left out, up", "AvgPool1d", draw(2, 2, 10, seed=28), (4,), stride=3, padding=2, count_include_pad=False, ceil_mode=True)
for kind in ("Avg", "Max"):
    module(pool, "3 of 7 by 5 of 6", f"Adaptive{kind}Pool2d", draw(2, 2, 7, 6, seed=31), ((3, 5),))
    module(pool, "1", f"Adaptive{kind}Pool2d", draw(2, 3, 4, 5, seed=32), (1,))
    module(pool, "height kept, more than there are", f"Adaptive{kind}Pool2d", draw(1, 2, 3, 3, seed=33), ((None, 5),))
    module(pool, "4 of 9", f"Adaptive{kind}Pool1d", draw(2, 2, 9, seed=34), (4,))
write("pool", pool)

# ---- norms and upsampling
channels = []


def moments(run):
    with torch.no_grad():
        n = run.num_features
        if run.running_mean is not None:
            run.running_mean.copy_(draw(n, seed=50))
            run.running_var.copy_(draw(n, seed=51, low=0.5))
            run.num_batches_tracked.fill_(3)
        if run.weight is not None:
            run.weight.copy_(draw(n, seed=52))
            run.bias.copy_(draw(n, seed=53))


for phase in ("train", "eval"):
    for name, kind, x, args, options in [
        ("plain", "BatchNorm1d", draw(5, 3, seed=41), (3,), {}),
        ("lines", "BatchNorm1d", draw(3, 2, 7, seed=42), (2,), {}),
        ("images", "BatchNorm2d", draw(2, 3, 3, 5, seed=43, scale=3), (3,), {}),
        ("momentum 0.3, eps 0.1", "BatchNorm2d", draw(2, 2, 3, 3, seed=44), (2,), dict(momentum=0.3, eps=0.1)),
        ("mean over all batches", "BatchNorm2d", draw(2, 2, 3, 3, seed=45), (2,), dict(momentum=None)),
        ("without weight and bias", "BatchNorm2d", draw(2, 2, 3, 3, seed=46), (2,), dict(affine=False)),
        ("without running moments", "BatchNorm2d", draw(2, 2, 3, 3, seed=47), (2,), dict(track_running_stats=False)),
        ("plain", "InstanceNorm1d", draw(3, 2, 7, seed=48), (2,), {}),
        ("plain", "InstanceNorm2d", draw(2, 2, 3, 4, seed=49), (2,), {}),
        ("with all", "InstanceNorm2d", draw(2, 2, 3, 4, seed=54), (2,), dict(affine=True, track_running_stats=True)),
        ("without batch", "InstanceNorm2d", draw(2, 3, 4, seed=55), (2,), dict(affine=True)),
    ]:
        module(channels, f"{name}, {phase}", kind, x, args, phase=phase, prepare=moments, **options)


def affine(run):
    with torch.no_grad():
        if run.weight is not None:
            run.weight.copy_(draw(run.num_channels, seed=60))
            run.bias.copy_(draw(run.num_channels, seed=61))


for name, x, args, options in [
    ("2 of 6", draw(2, 6, 3, 3, seed=62), (2, 6), {}),
    ("one group", draw(2, 3, 5, seed=63), (1, 3), dict(eps=0.01)),
    ("as many groups as channels", draw(2, 3, 4, seed=64), (3, 3), {}),
    ("without axes behind", draw(2, 6, seed=65), (2, 6), dict(affine=False)),
]:
    module(channels, name, "GroupNorm", x, args, prepare=affine, **options)
small = draw(2, 2, 3, 4, seed=70)
for name, x, options in [
    ("twice", small, dict(scale_factor=2)),
    ("to 5 by 3", small, dict(size=(5, 3))),
    ("by 1.7", small, dict(scale_factor=1.7)),
    ("line", draw(1, 2, 5, seed=71), dict(scale_factor=3)),
    ("bilinear, twice", small, dict(scale_factor=2, mode="bilinear")),
    ("bilinear, corners", small, dict(scale_factor=2, mode="bilinear", align_corners=True)),
    ("bilinear, to 2 by 7", small, dict(size=(2, 7), mode="bilinear", align_corners=False)),
    ("bilinear, to 1 by 7, corners", small, dict(size=(1, 7), mode="bilinear", align_corners=True)),
    ("bilinear, by 1.7", small, dict(scale_factor=(1.7, 2.3), mode="bilinear")),
    ("linear", draw(1, 2, 5, seed=72), dict(size=8, mode="linear")),
]:
    module(channels, name, "Upsample", x, (), **options)
write("channels", channels)
