"""Writes test/oracle/optim/*.json with PyTorch: parameters after 1, 10 and 100 steps with given gradients, rates of schedules, what clipping leaves, and
averages. Start and gradients are formulas (see `start` and `gradient`), which the test knows too. Run: python3 scripts/oracle/optim.py"""
import json
import pathlib
import warnings

import numpy as np
import torch

warnings.filterwarnings('ignore')
folder = pathlib.Path(__file__).parents[2] / 'test/oracle/optim'
folder.mkdir(parents=True, exist_ok=True)
shapes = [[5, 3], [3]]
types = {'f32': torch.float32, 'f64': torch.float64}


def wave(shape, step, phase, scale):
    n = int(np.prod(shape))
    return (scale * np.sin(step * (np.arange(n) + 1) + phase)).reshape(shape)


def start(i, shape, dtype):
    return torch.tensor(wave(shape, 0.7, 0.3 + i, 1.0), dtype=dtype)


def gradient(i, t, shape, dtype):
    """Of parameter i at step t: it turns, and grows and shrinks over two orders of magnitude."""
    return torch.tensor(wave(shape, 0.37, 0.21 * t + i, 10 ** np.sin(0.05 * t)), dtype=dtype)


def written(values):
    return [float(f'{x:.9g}') if values.dtype == torch.float32 else float(x) for x in values.flatten()]


def dump(name, data):
    (folder / f'{name}.json').write_text(json.dumps(data, indent=None, separators=(',', ':')).replace('},{', '},\n{') + '\n')


# ---- optimizers: PyTorch's options, and ours beside them
optimizers = [
    ('SGD', dict(lr=0.05), dict(lr=0.05)),
    ('SGD', dict(lr=0.05, momentum=0.9), dict(lr=0.05, momentum=0.9)),
    ('SGD', dict(lr=0.05, momentum=0.9, dampening=0.3), dict(lr=0.05, momentum=0.9, dampening=0.3)),
    ('SGD', dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1), dict(lr=0.05, momentum=0.9, nesterov=True, weightDecay=0.1)),
    ('SGD', dict(lr=0.01, momentum=0.5, maximize=True), dict(lr=0.01, momentum=0.5, maximize=True)),
    ('Adam', dict(), dict()),
    ('Adam', dict(lr=0.05, betas=(0.8, 0.99), eps=1e-4, weight_decay=0.1), dict(lr=0.05, betas=[0.8, 0.99], eps=1e-4, weightDecay=0.1)),
    ('Adam', dict(lr=0.05, amsgrad=True), dict(lr=0.05, amsgrad=True)),
    ('Adam', dict(lr=0.05, maximize=True, amsgrad=True), dict(lr=0.05, maximize=True, amsgrad=True)),
    ('AdamW', dict(lr=0.05), dict(lr=0.05)),
    ('AdamW', dict(lr=0.05, weight_decay=0.5, amsgrad=True), dict(lr=0.05, weightDecay=0.5, amsgrad=True)),
    ('RMSprop', dict(), dict()),
    ('RMSprop', dict(lr=0.02, alpha=0.9, momentum=0.8, weight_decay=0.1), dict(lr=0.02, alpha=0.9, momentum=0.8, weightDecay=0.1)),
    ('RMSprop', dict(lr=0.02, centered=True), dict(lr=0.02, centered=True)),
    ('RMSprop', dict(lr=0.02, centered=True, momentum=0.5), dict(lr=0.02, centered=True, momentum=0.5)),
    ('Adagrad', dict(), dict()),
    ('Adagrad', dict(lr=0.3, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5), dict(lr=0.3, lrDecay=0.1, weightDecay=0.1, initialAccumulatorValue=0.5)),
    ('Adadelta', dict(), dict()),
    ('Adadelta', dict(lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1), dict(lr=0.5, rho=0.8, eps=1e-4, weightDecay=0.1)),
    # The other path of 1.13 has a factor mu too many, which later versions took out.
    ('NAdam', dict(foreach=True), dict()),
    ('NAdam', dict(foreach=True, lr=0.02, momentum_decay=0.01, weight_decay=0.1), dict(lr=0.02, momentumDecay=0.01, weightDecay=0.1)),
]
runs = []
for name, theirs, ours in optimizers:
    for key, dtype in types.items():
        weights = [torch.nn.Parameter(start(i, shape, dtype)) for i, shape in enumerate(shapes)]
        optimizer = getattr(torch.optim, name)(weights, **theirs)
        after = {}
        for t in range(1, 101):
            for i, w in enumerate(weights):
                w.grad = gradient(i, t, w.shape, dtype)
            optimizer.step()
            if t in (1, 10, 100):
                after[t] = [written(w.detach()) for w in weights]
        runs.append(dict(name=name, options=ours, dtype=key, after=after))
dump('steps', dict(shapes=shapes, runs=runs))

# ---- schedules
S = torch.optim.lr_scheduler
schedules = [
    ('StepLR', [3], dict(gamma=0.5), lambda o: S.StepLR(o, 3, gamma=0.5)),
    ('MultiStepLR', [[2, 5, 9]], {}, lambda o: S.MultiStepLR(o, [2, 5, 9])),
    ('ExponentialLR', [0.9], {}, lambda o: S.ExponentialLR(o, 0.9)),
    ('CosineAnnealingLR', [10], dict(etaMin=0.001), lambda o: S.CosineAnnealingLR(o, 10, eta_min=0.001)),
    ('CosineAnnealingWarmRestarts', [4], {}, lambda o: S.CosineAnnealingWarmRestarts(o, 4)),
    ('CosineAnnealingWarmRestarts', [3], dict(tMult=2, etaMin=0.001), lambda o: S.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=0.001)),
    ('LinearLR', [], {}, lambda o: S.LinearLR(o)),
    ('LinearLR', [], dict(startFactor=1, endFactor=0.1, totalIters=8), lambda o: S.LinearLR(o, 1, 0.1, 8)),
    ('ConstantLR', [], dict(factor=0.25, totalIters=4), lambda o: S.ConstantLR(o, 0.25, 4)),
    ('PolynomialLR', [], dict(totalIters=12, power=2), lambda o: S.PolynomialLR(o, 12, 2)),
    ('OneCycleLR', [0.5], dict(totalSteps=26), lambda o: S.OneCycleLR(o, 0.5, total_steps=26)),
    ('OneCycleLR', [[0.5, 0.3]], dict(totalSteps=30, annealStrategy='linear', pctStart=0.4, threePhase=True, finalDivFactor=100),
     lambda o: S.OneCycleLR(o, [0.5, 0.3], total_steps=30, anneal_strategy='linear', pct_start=0.4, three_phase=True, final_div_factor=100)),
    ('warmup', ['CosineAnnealingLR', [20], 5], {}, lambda o: S.SequentialLR(o, [S.LinearLR(o, 1 / 3, 1, 5), S.CosineAnnealingLR(o, 20)], [5])),
    ('warmup', ['StepLR', [3], 4], {}, lambda o: S.SequentialLR(o, [S.LinearLR(o, 1 / 3, 1, 4), S.StepLR(o, 3)], [4])),
]
tables = []
for name, args, options, make in schedules:
    one = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([dict(params=[one[0]]), dict(params=[one[1]], lr=0.01)], lr=0.1, momentum=0.9)
    schedule = make(optimizer)
    rates, momenta = [], []
    for t in range(26):
        rates.append([group['lr'] for group in optimizer.param_groups])
        momenta.append(optimizer.param_groups[0]['momentum'])
        optimizer.step()
        if t < 25:
            schedule.step()
    tables.append(dict(name=name, args=args, options=options, rates=rates, momenta=momenta))
figures = [5, 4, 3, 3, 3, 3, 2.9999, 3.1, 3, 3, 3, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, float('nan'), 2.5, 2.4, 2.5, 2.5, 2.5, 2.5]
plateaus = []
for ours, theirs in [
    (dict(patience=2), dict(patience=2)),
    (dict(patience=1, cooldown=2, factor=0.5, minLr=0.02), dict(patience=1, cooldown=2, factor=0.5, min_lr=0.02)),
    (dict(patience=2, mode='max', thresholdMode='abs', threshold=0.1), dict(patience=2, mode='max', threshold_mode='abs', threshold=0.1)),
]:
    one = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([dict(params=[one[0]]), dict(params=[one[1]], lr=0.01)], lr=0.1)
    schedule = S.ReduceLROnPlateau(optimizer, **theirs)
    rates = []
    for figure in figures:
        schedule.step(figure)
        rates.append([group['lr'] for group in optimizer.param_groups])
    plateaus.append(dict(options=ours, rates=rates))
dump('schedules', dict(tables=tables, figures=[None if f != f else f for f in figures], plateaus=plateaus))

# ---- clipping
clips = []
for p in (1, 2, 3, float('inf')):
    for most in (0.5, 3, 1000):
        weights = [torch.nn.Parameter(start(i, shape, torch.float32)) for i, shape in enumerate(shapes)]
        for i, w in enumerate(weights):
            w.grad = gradient(i, 7, w.shape, torch.float32)
        norm = torch.nn.utils.clip_grad_norm_(weights, most, norm_type=p)
        clips.append(dict(p='inf' if p == float('inf') else p, most=most, norm=float(norm), grads=[written(w.grad) for w in weights]))
weights = [torch.nn.Parameter(start(i, shape, torch.float32)) for i, shape in enumerate(shapes)]
for i, w in enumerate(weights):
    w.grad = gradient(i, 7, w.shape, torch.float32)
torch.nn.utils.clip_grad_value_(weights, 0.6)

# ---- averages
module = torch.nn.ParameterList([torch.nn.Parameter(start(i, shape, torch.float64)) for i, shape in enumerate(shapes)])
swa = torch.optim.swa_utils.AveragedModel(module)
ema = torch.optim.swa_utils.AveragedModel(module, avg_fn=lambda mean, w, n: 0.9 * mean + (1 - 0.9) * w)
for t in range(1, 13):
    with torch.no_grad():
        for i, w in enumerate(module):
            w -= 0.1 * gradient(i, t, w.shape, torch.float64)
    swa.update_parameters(module)
    ema.update_parameters(module)
dump('rest', dict(clips=clips, value=[written(w.grad) for w in weights],
                  swa=[written(w.detach()) for w in swa.module], ema=[written(w.detach()) for w in ema.module]))
