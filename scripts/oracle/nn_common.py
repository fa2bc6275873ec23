"""Cases of test/oracle/nn/*.json: what a module or function of PyTorch gives for inputs, and its gradients, in float64. Each script
scripts/oracle/nn_*.py makes a list with `case` and writes it with `write`; test/nn/oracle.ts reads it.

A case: { name, module, args, options, mode, state, inputs, outputs, gradOutputs, gradients: { inputs, parameters }, after }. Tensors are
{ shape, data, type } with flat row-major data; type is f64, i32 or bool. `gradients.inputs` is null where an input has none. `after` has the
buffers after the call where they changed."""
import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
folder = pathlib.Path(__file__).resolve().parents[2] / "test/oracle/nn"


def number(x):
    if isinstance(x, (bool, int)):
        return int(x)
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    short = float(f"{x:.14g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def stored(x):
    if x is None:
        return None
    x = x.detach()
    kind = "f64" if x.is_floating_point() else "bool" if x.dtype == torch.bool else "i32"
    return {"shape": list(x.shape), "data": [number(one) for one in x.flatten().tolist()], "type": kind}


def draw(*shape, seed=0, scale=1.0, low=None):
    """Normal numbers of 4 digits (uniform from `low` up when given)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator) if low is None else low + torch.rand(shape, generator=generator)
    return (x * scale).mul(1e4).round().div(1e4)


def tensors(result):
    """The tensors of a result, in order, through tuples and lists."""
    if result is None:
        return []
    return [result] if isinstance(result, torch.Tensor) else [one for part in result for one in tensors(part)]


def spread(shape, k):
    """Weights of outputs of different sizes, none of them special."""
    n = math.prod(shape)
    return torch.tensor([round(0.3 + ((i + k) * 0.618033988749895) % 1, 4) for i in range(n)]).reshape(shape)


def case(name, module, run, inputs, args=(), options=None, mode="train", prepare=None, gradients=True):
    """One case. `module`: its name here; `run`: the torch module, or a function of the inputs. Parameters are rounded to 4 digits first;
    `prepare(run)` may set others. Inputs that are floats get gradients."""
    inputs = list(inputs)
    is_module = isinstance(run, torch.nn.Module)
    one = {"name": name, "module": module, "args": list(args), "options": options or {}, "mode": mode}
    one["inputs"] = [stored(x) for x in inputs]
    if is_module:
        run.train(mode == "train")
        with torch.no_grad():
            for value in run.parameters():
                value.copy_(value.mul(1e4).round().div(1e4))
        if prepare is not None:
            prepare(run)
        one["state"] = {key: stored(value) for key, value in run.state_dict().items()}
    leaves = [x.detach().clone().requires_grad_() if x is not None and x.is_floating_point() and gradients else x for x in inputs]
    outputs = tensors(run(*leaves))
    one["outputs"] = [stored(y) for y in outputs]
    if is_module:
        after = {key: stored(value) for key, value in run.state_dict().items()}
        changed = {key: value for key, value in after.items() if value != one["state"][key]}
        if changed:
            one["after"] = changed
    outputs = [y for y in outputs if y.requires_grad]
    if gradients and outputs:
        seeds = [spread(y.shape, k) for k, y in enumerate(outputs)]
        torch.autograd.backward(outputs, seeds)
        one["gradOutputs"] = [stored(g) for g in seeds]
        parameters = dict(run.named_parameters()) if is_module else {}
        one["gradients"] = {
            "inputs": [stored(x.grad) if isinstance(x, torch.Tensor) and x.is_floating_point() else None for x in leaves],
            "parameters": {key: stored(value.grad) for key, value in parameters.items() if value.grad is not None},
        }
    return one


def write(name, cases):
    folder.mkdir(parents=True, exist_ok=True)
    text = ",\n".join(json.dumps(one, separators=(",", ":"), allow_nan=False) for one in cases)
    (folder / f"{name}.json").write_text(f"[\n{text}\n]\n")
    print(f"{name}: {len(cases)} cases, {len(text) // 1024} KiB")
