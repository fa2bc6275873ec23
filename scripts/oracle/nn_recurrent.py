"""RNN, LSTM, GRU and cells: writes test/oracle/nn/recurrent.json. Run from the package's folder: python3 scripts/oracle/nn_recurrent.py"""
import torch
from nn_common import case, draw, write
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

cases = []
kinds = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
# (name here, name in PyTorch)
names = {"numLayers": "num_layers", "batchFirst": "batch_first", "bidirectional": "bidirectional", "bias": "bias", "nonlinearity": "nonlinearity", "projSize": "proj_size"}


class Of(nn.Module):
    """The layer with its states as inputs of their own, and lengths where there are some; parameters keep their names."""

    def __init__(self, layer, lengths):
        super().__init__()
        for name, value in layer.named_parameters():
            self.register_parameter(name, value)
        object.__setattr__(self, "layer", layer)
        self.lengths = lengths

    def forward(self, x, *states):
        given = None if not states else states[0] if len(states) == 1 else states
        if self.lengths is None:
            return self.layer(x, given)
        first = self.layer.batch_first
        packed = pack_padded_sequence(x, torch.tensor(self.lengths), batch_first=first, enforce_sorted=False)
        y, ends = self.layer(packed, given)
        return pad_packed_sequence(y, batch_first=first, total_length=x.shape[1 if first else 0])[0], ends


def add(kind, T, N, I, H, states=False, lengths=None, **options):
    torch.manual_seed(len(cases))
    layer = kinds[kind](I, H, **{names[key]: value for key, value in options.items()})
    shape = [T, I] if N is None else [N, T, I] if options.get("batchFirst") else [T, N, I]
    inputs = [draw(*shape, seed=len(cases))]
    count = options.get("numLayers", 1) * (2 if options.get("bidirectional") else 1)
    if states:
        sizes = [options.get("projSize", 0) or H, H][: 2 if kind == "LSTM" else 1]
        inputs += [draw(*([count, N, size] if N is not None else [count, size]), seed=100 + i) for i, size in enumerate(sizes)]
    told = ", ".join(f"{key} {value}" for key, value in options.items())
    name = f"{kind} {T}x{N}x{I}->{H}{', states' if states else ''}{f', lengths {lengths}' if lengths else ''}{', ' + told if told else ''}"
    settings = {**options, **({"lengths": lengths} if lengths else {})}
    cases.append(case(name, kind, Of(layer, lengths), inputs, args=[I, H], options=settings))


for kind in kinds:
    add(kind, 3, 2, 3, 4)
    add(kind, 4, 3, 2, 5, states=True, numLayers=2, bidirectional=True)
    add(kind, 5, 2, 2, 3, states=True, numLayers=3, batchFirst=True)
    add(kind, 1, 2, 3, 2, bidirectional=True)
    add(kind, 3, 1, 1, 1, states=True)
    add(kind, 3, 2, 4, 3, bias=False, batchFirst=True, bidirectional=True)
    add(kind, 4, None, 2, 3, states=True, bidirectional=True)
    add(kind, 4, None, 2, 3, batchFirst=True)
    add(kind, 5, 3, 2, 3, lengths=[2, 5, 1], bidirectional=True, numLayers=2, states=True)
    add(kind, 4, 3, 2, 3, lengths=[3, 1, 2], batchFirst=True)
add("RNN", 4, 2, 3, 5, nonlinearity="relu", states=True, numLayers=2)
add("LSTM", 3, 2, 3, 4, projSize=2, states=True, bidirectional=True, numLayers=2)
add("LSTM", 4, 3, 3, 4, projSize=3, lengths=[2, 4, 3])


class Cell(nn.Module):
    def __init__(self, cell):
        super().__init__()
        for name, value in cell.named_parameters():
            self.register_parameter(name, value)
        object.__setattr__(self, "cell", cell)

    def forward(self, x, *states):
        return self.cell(x, states if len(states) == 2 else states[0] if states else None)


for kind, made, count in (("LSTMCell", nn.LSTMCell, 2), ("GRUCell", nn.GRUCell, 1), ("RNNCell", nn.RNNCell, 1)):
    for N, given, bias in ((3, True, True), (1, False, True), (2, True, False), (None, True, True)):
        lead = [] if N is None else [N]
        inputs = [draw(*lead, 3, seed=7)] + [draw(*lead, 5, seed=8 + i) for i in range(count if given else 0)]
        run = Cell(made(3, 5, bias=bias))
        cases.append(case(f"{kind} of {N}{'' if bias else ', no bias'}{'' if given else ', no state'}", kind, run, inputs, args=[3, 5], options={"bias": bias}))
cases.append(case("RNNCell relu", "RNNCell", Cell(nn.RNNCell(3, 5, nonlinearity="relu")), [draw(2, 3), draw(2, 5)], args=[3, 5], options={"nonlinearity": "relu"}))

write("recurrent", cases)
