"""State dicts between here and PyTorch, through safetensors files that this script reads and writes itself.

  python3 scripts/oracle/nn_interop.py                 writes test/oracle/nn/interop/NAME.safetensors (a network's state) and NAME.case.safetensors
                                                       (`input`, `output`), which test/nn/interop.test.ts loads
  python3 scripts/oracle/nn_interop.py read FOLDER     loads FOLDER/NAME.safetensors with strict=True and tells how far its output for
                                                       FOLDER/NAME.case.safetensors is from the one that stands there, as JSON
"""
import json
import pathlib
import struct
import sys

import torch
from torch import nn
from torch.nn.utils import parametrizations, weight_norm

types = {"F32": torch.float32, "F64": torch.float64, "I32": torch.int32, "I64": torch.int64}
folder = pathlib.Path(__file__).resolve().parents[2] / "test/oracle/nn/interop"


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    body = data[8 + length:]
    out = {}
    for name, one in header.items():
        if name != "__metadata__":
            begin, end = one["data_offsets"]
            flat = torch.frombuffer(bytearray(body[begin:end]), dtype=types[one["dtype"]]) if end > begin else torch.empty(0, dtype=types[one["dtype"]])
            out[name] = flat.reshape(one["shape"])
    return out


def write(path, tensors):
    header, body = {}, b""
    names = {value: key for key, value in types.items()}
    for name, x in tensors.items():
        data = x.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": names[x.dtype], "shape": list(x.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


class Pictures(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, groups=4, bias=False), nn.GroupNorm(2, 8), nn.ConvTranspose2d(8, 3, 2, stride=2), nn.PReLU(3))
        self.head = nn.Linear(3 * 4 * 4, 5)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 3, batch_first=True)
        self.norm = nn.LayerNorm(3)
        self.head = nn.Linear(3, 4, bias=False)

    def forward(self, x):
        y, _ = self.lstm(self.table(x))
        y, _ = self.gru(y)
        return self.head(self.norm(y))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.normed = weight_norm(nn.Linear(8, 6))
        self.bounded = parametrizations.spectral_norm(nn.Linear(6, 6))
        self.turned = parametrizations.orthogonal(nn.Linear(6, 4))

    def forward(self, x):
        return self.turned(torch.tanh(self.bounded(self.normed(self.encoder(x)))))


networks = {"pictures": Pictures, "words": Words, "attention": Attention}

if __name__ == "__main__":
    torch.manual_seed(5)
    if sys.argv[1:2] == ["read"]:
        folder, far = pathlib.Path(sys.argv[2]), {}
        for name, make in networks.items():
            model = make()
            model.load_state_dict(read(folder / f"{name}.safetensors"), strict=True)
            case = read(folder / f"{name}.case.safetensors")
            with torch.no_grad():
                far[name] = float((model.eval()(case["input"].long() if name == "words" else case["input"]) - case["output"]).abs().max())
        print(json.dumps(far))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        inputs = {"pictures": torch.randn(2, 2, 8, 8), "words": torch.tensor([[1, 4, 10, 0], [7, 2, 2, 9]], dtype=torch.int32), "attention": torch.randn(2, 3, 8)}
        for name, make in networks.items():
            model = make()
            if name == "pictures":
                for _ in range(3):
                    model(torch.randn(16, 2, 8, 8) * 2 + 1)
            with torch.no_grad():
                output = model.eval()(inputs[name].long() if name == "words" else inputs[name])
            write(folder / f"{name}.safetensors", model.state_dict())
            write(folder / f"{name}.case.safetensors", {"input": inputs[name], "output": output})
