"""Every layer of torch.nn, through the Python front end: built from source, and from the pickled object, compared with
PyTorch."""

import collections
import sys
import types
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "data"))
import nn_cases  # noqa: E402
from source_models import build, difference  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def literal(value):
    """As a model's author writes it."""
    if isinstance(value, nn_cases.Layer):
        return f"nn.{value.name}({arguments(value.args, value.kwargs)})"
    if isinstance(value, collections.OrderedDict):
        return f"OrderedDict([{', '.join(f'({k!r}, {literal(v)})' for k, v in value.items())}])"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(literal, value)) + ("," if len(value) == 1 else "")
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if callable(value):
        return f"F.{value.__name__}"
    return f"float('{value}')" if value in (float("inf"), -float("inf")) else repr(value)


def arguments(args, kwargs):
    return ", ".join([literal(one) for one in args] + [f"{key}={literal(one)}" for key, one in kwargs.items()])


def parameter(spec, name, parameters):
    """How the call refers to an input; tensors become parameters of forward."""
    if isinstance(spec, nn_cases.Tensor):
        parameters.append(name)
        return name
    if isinstance(spec, (tuple, list)):
        inner = [parameter(one, f"{name}_{number}", parameters) for number, one in enumerate(spec)]
        return f"({', '.join(inner)},)"
    return literal(spec)


def source_of(case, number):
    parameters, call = [], []
    for index, spec in enumerate(case.inputs):
        same = isinstance(spec, nn_cases.Same)
        call.append(call[spec.index] if same else parameter(spec, f"x{index}", parameters))
    call += [f"{key}={parameter(spec, key, parameters)}" for key, spec in case.call.items()]
    double = ".double()" if "float64" in repr((case.inputs, case.call)) else ""
    return (f"class Case{number}(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"        self.layer = nn.{case.name}({arguments(case.args, case.kwargs)}){double}\n\n"
            f"    def forward(self, {', '.join(parameters)}):\n        return self.layer({', '.join(call)})\n")


def tensors_of(spec, value):
    if isinstance(spec, nn_cases.Tensor):
        return [value]
    if isinstance(spec, (tuple, list)):
        return [tensor for one, inner in zip(spec, value) for tensor in tensors_of(one, inner)]
    return []


def fill(module, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for tensor in list(module.parameters()) + list(module.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(torch.rand_like(tensor) * 0.5 + 0.1)
    return module


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """For each case the class and the job that made it: of its source, and of the model that PyTorch pickled."""
    folder = tmp_path_factory.mktemp("layers")
    sources = [source_of(case, number) for number, case in enumerate(nn_cases.CASES)]
    head = "from collections import OrderedDict\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"
    (folder / "layers.py").write_text(head + "\n\n".join(sources))
    layers = sys.modules["layers"] = types.ModuleType("layers")
    exec(compile((folder / "layers.py").read_text(), "layers.py", "exec"), vars(layers))
    classes = [getattr(layers, f"Case{number}") for number in range(len(sources))]
    jobs = [{"class": made.__name__, "files": [str(folder / "layers.py")]} for made in classes]
    for number, made in enumerate(classes):
        path = str(folder / f"whole{number}.pth")
        torch.save(fill(made(), number).train(), path)
        jobs.append({"stored": path, "files": [str(folder / "layers.py")]})
    results = build(jobs, folder)
    count = len(sources)
    yield {"source": list(zip(classes, jobs, results)), "whole": list(zip(classes, jobs[count:], results[count:]))}
    del sys.modules["layers"]


# Where the front end and PyTorch differ for a reason that is known.
KNOWN = {}


@pytest.mark.parametrize("number", range(len(nn_cases.CASES)),
                         ids=[f"{number}-{case.name}" for number, case in enumerate(nn_cases.CASES)])
@pytest.mark.parametrize("kind", ["source", "whole"])
def test_layer(built, kind, number):
    made, job, result = built[kind][number]
    case = nn_cases.CASES[number]
    if case.name in KNOWN:
        pytest.skip(KNOWN[case.name])
    assert result["ok"], result["error"]
    real = fill(made(), number)
    positional, keywords = nn_cases.tensors(case, torch)
    given = [tensor for spec, value in zip(case.inputs, positional) if not isinstance(spec, nn_cases.Same)
             for tensor in tensors_of(spec, value)]
    given += [tensor for key, spec in case.call.items() for tensor in tensors_of(spec, keywords[key])]
    torch.manual_seed(1)
    assert difference(job, real, given) <= 1e-5


PACKED = """import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.{layer}(4, 5, num_layers=2, bidirectional=True, batch_first={first})

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first={first}, enforce_sorted=False)
        packed, state = self.rnn(packed)
        output, lengths = pad_packed_sequence(packed, batch_first={first})
        return output, state, lengths
"""


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("layer", ["LSTM", "GRU", "RNN"])
def test_packed_sequences(tmp_path, layer, first):
    text = PACKED.format(layer=layer, first=first)
    (tmp_path / "model.py").write_text(text)
    job = {"class": "Net", "files": [str(tmp_path / "model.py")]}
    result, = build([job], tmp_path)
    assert result["ok"], result
    names = {}
    exec(text, names)
    x = torch.rand(3, 6, 4) if first else torch.rand(6, 3, 4)
    assert difference(job, names["Net"](), [x, torch.tensor([3, 6, 2])]) <= 1e-6
