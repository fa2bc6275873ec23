"""PyTorch beside bench/edit.bench.ts: the magnitude of rank k of many numbers, each way that PyTorch has. One line of JSON in, one out."""
import json
import sys
import time

import torch

torch.set_num_threads(1)
numbers = None


def threshold(way, k):
    sizes = numbers.abs()
    if way == "kthvalue":
        return torch.kthvalue(sizes, k).values
    if way == "topk":
        return torch.topk(sizes, k, largest=False, sorted=False).values.max()
    return torch.sort(sizes).values[k - 1]


for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "load":
        numbers = torch.from_file(ask["path"], size=ask["count"], dtype=torch.float32).clone()
        print(json.dumps({}), flush=True)
        continue
    wall, cpu = time.perf_counter(), time.process_time()
    value = float(threshold(ask["op"], ask["k"]))
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "value": value}), flush=True)
