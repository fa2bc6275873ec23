"""Losses of the first 200 steps of PyTorch on Fashion-MNIST: test/oracle/train/fashion.json. From weights as training starts with: from those of
a trained network with a new Adam, whose first steps are the signs of gradients that are nearly 0, PyTorch in f32 and in f64 part by 0.027. The order of examples is 7919 i mod 60000, so that it needs no file."""
import gzip, json, os, struct, sys
import numpy as np
import torch
from torch import nn

shared = sys.argv[1]
torch.set_num_threads(1)

def idx(name):
    data = gzip.open(f'{shared}/data/fashion-mnist/{name}.gz').read()
    axes = data[3]
    shape = struct.unpack(f'>{axes}I', data[4:4 + 4 * axes])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)

def initial(model):
    """Weights that need no file: uniform in +-1 / sqrt(fan in), by a formula."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith('weight'):
                bound = 1 / np.sqrt(p[0].numel())
            i = np.arange(p.numel(), dtype=np.float64)
            p.copy_(torch.from_numpy((((i * 7919 + 13) % 10007) / 10007 * 2 - 1) * bound).float().reshape(p.shape))

images = torch.from_numpy(idx('train-images-idx3-ubyte').astype(np.float32) / 255)
labels = torch.from_numpy(idx('train-labels-idx1-ubyte').astype(np.int64))
mlp = lambda: nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
cnn = lambda: nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10))
out = {}
for name, make, batch, steps in (('mlp', mlp, 128, 200), ('cnn', cnn, 64, 200)):
    model = make()
    initial(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for step in range(steps):
        places = torch.from_numpy((7919 * np.arange(step * batch, (step + 1) * batch)) % 60000)
        x = images[places]
        x = x.reshape(batch, -1) if name == 'mlp' else x[:, None]
        loss = nn.functional.cross_entropy(model(x), labels[places])
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        losses.append(round(loss.item(), 6))
    print(losses[:3], losses[-1])
    out[name] = dict(batch=batch, losses=losses)
os.makedirs('test/oracle/train', exist_ok=True)
json.dump(out, open('test/oracle/train/fashion.json', 'w'), separators=(',', ':'))
