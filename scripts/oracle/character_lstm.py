"""Trains the character model of test/nn/character.test.ts with PyTorch: python3 scripts/oracle/character_lstm.py START.npz. The file has the
initial parameters by their names, `text` (symbols as numbers), `starts` [steps, N] (where the sequences of each batch begin), `held` (where the
held-out ones do), and `rate`. Prints { losses, heldOut } as JSON."""
import json
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
given = np.load(sys.argv[1])
text = torch.from_numpy(given["text"].astype(np.int64))
symbols, hidden = given["head.weight"].shape
length = int(given["length"][0])


class Character(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(symbols, hidden)
        self.head = nn.Linear(hidden, symbols)

    def forward(self, x):
        return self.head(self.lstm(F.one_hot(x, symbols).float())[0])


def loss_at(model, starts):
    places = torch.from_numpy(starts.astype(np.int64))[None] + torch.arange(length)[:, None]
    return F.cross_entropy(model(text[places]).reshape(-1, symbols), text[places + 1].reshape(-1))


model = Character()
model.load_state_dict({name: torch.from_numpy(given[name]) for name in model.state_dict()})
optimizer = torch.optim.Adam(model.parameters(), lr=float(given["rate"][0]))
losses = []
for starts in given["starts"]:
    optimizer.zero_grad()
    loss = loss_at(model, starts)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
with torch.no_grad():
    print(json.dumps({"losses": losses, "heldOut": loss_at(model, given["held"]).item()}))
