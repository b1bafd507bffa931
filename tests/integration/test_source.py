"""Weights with the training script that made them, and nothing else: served without Python."""

import os
import shutil
import subprocess
from pathlib import Path

import grpc
import numpy as np
import pytest
import safetensors.torch
import torch

import wire
from test_examples import Example, save
from examples import EXAMPLES

SCRIPT = Path(__file__).parent / "examples.py"


@pytest.fixture(params=EXAMPLES)
def example(request):
    return Example(request.param)


@pytest.fixture
def client(example, models, start, connect, tmp_path):
    """A daemon whose folder holds the script, and the example's weights as a state_dict."""
    (models / "net").mkdir()
    shutil.copy(SCRIPT, models / "net" / "train.py")
    torch.save(example.model.state_dict(), models / "net" / "weights.pth")
    return connect(start("--checkpoints", tmp_path / "out", models=models))


@pytest.mark.parametrize("kind", ["state_dict", "checkpoint", "safetensors", "whole"])
def test_weights_of_every_kind_are_served(kind, example, client, models):
    path = models / "net" / "weights"
    if kind == "safetensors":
        safetensors.torch.save_file(example.state, path)
    else:
        torch.save({"state_dict": example.model.state_dict(), "checkpoint": example.checkpoint(),
                    "whole": example.model}[kind], path)
    loaded = client.load("net", path="net/weights", source=["net/train.py"])
    name = type(example.model).__name__
    assert loaded.format == "pickled model" if kind == "whole" else loaded.format.endswith(f"on class {name}")
    example.check_answers(client)


def test_what_is_saved_is_what_was_loaded(example, client, models):
    client.load("net", path="net/weights.pth", source=["net/train.py"])
    example.check_state(torch.load(save(client, "state_dict", "w.pth").path, weights_only=True))
    archive = torch.jit.load(save(client, "torchscript", "w.pt").path)
    with torch.no_grad():
        assert np.abs(archive(example.x[:16]).numpy() - np.asarray(example.answers)).max() <= 1e-6
    (models / "net" / "train.py").write_text("# another file now\n")
    with pytest.raises(grpc.RpcError) as refused:
        save(client, "torchscript", "again.pt")
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_a_model_py_in_the_folder_needs_no_options(example, models, start, connect):
    (models / "net" / "1").mkdir(parents=True)
    shutil.copy(SCRIPT, models / "net" / "model.py")
    torch.save(example.model.state_dict(), models / "net" / "1" / "weights.pth")
    example.check_answers(connect(start(models=models)))


def refused(client, **fields):
    with pytest.raises(grpc.RpcError) as error:
        client.load("bad", **fields)
    assert error.value.code() in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
    return error.value.details()


def test_errors_say_what_to_do(models, start, connect):
    client = connect(start(models=models))
    torch.save(torch.nn.Linear(3, 2).state_dict(), models / "w.pth")
    sources = {
        "text": "this is not Python (",
        "system": "import os, torch.nn as nn\nclass N(nn.Linear):\n  def __init__(self):\n    super().__init__(3, 2)\n"
                  "    self.x = os.environ['HOME'] + 'x'\n",
        "other": "import torch.nn as nn\nclass N(nn.Linear):\n  def __init__(self):\n    super().__init__(3, 5)\n",
        "deep": "x = " + "(" * 10000 + ")" * 10000,
        "forward": "import torch, torch.nn as nn\nclass N(nn.Linear):\n  def __init__(self):\n    super().__init__(3, 2)\n"
                   "  def forward(self, x):\n    return torch.conv2d(x, x)[0, 'a']\n"}
    for name, text in sources.items():
        (models / f"{name}.py").write_text(text)
    answers = {name: refused(client, path="w.pth", source=[f"{name}.py"]) for name in sources}
    assert "text.py:1:" in answers["text"]
    assert "system.py:5:" in answers["system"] and "--define os.environ" in answers["system"]
    assert "Nearest is N" in answers["other"] and "(2, 3) in the file and (5, 3) in N" in answers["other"]
    assert "deep.py:1:" in answers["deep"]
    assert "forward.py:6:" in answers["forward"]
    assert "--source model.py" in refused(client, path="w.pth")
    with pytest.raises(grpc.RpcError) as outside:
        client.load("bad", path="w.pth", source=["../../etc/passwd"])
    assert outside.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED,
                                    grpc.StatusCode.NOT_FOUND)
    assert client.server.ListModels(wire.sconce.ListModelsRequest(), timeout=10) is not None


def test_arguments_and_definitions(models, start, connect):
    client = connect(start(models=models))
    (models / "net.py").write_text(
        "import argparse, torch.nn as nn\nargs = argparse.ArgumentParser().parse_args()\n"
        "class N(nn.Module):\n  def __init__(self, out):\n    super().__init__()\n"
        "    self.fc = nn.Linear(args.width, out)\n  def forward(self, x, scale: float = 1.0):\n"
        "    return self.fc(x) * scale\n")
    fc = torch.nn.Linear(3, 2)
    torch.save({f"fc.{k}": v for k, v in fc.state_dict().items()}, models / "w.pth")
    client.load("net", path="w.pth", source=["net.py"], init='{"out": 2}', define={"args.width": "3"})
    x = np.ones((4, 3), np.float32)
    expected = fc(torch.from_numpy(x)).detach().numpy()
    assert np.abs(client.infer("net", {"x": x})["output"] - expected).max() <= 1e-6
    scaled = client.infer("net", {"x": x, "scale": np.array([2.0], np.float32)})["output"]
    assert np.abs(scaled - 2 * expected).max() <= 1e-6


def test_a_folder_stands_for_the_files_below_it(models, start, connect):
    client = connect(start(models=models))
    package = models / "src" / "shop"
    (package / "layers").mkdir(parents=True)
    (package / "__init__.py").write_text("from .model import Net\n")
    (package / "model.py").write_text("import torch.nn as nn\nfrom .layers import double\nclass Net(nn.Linear):\n"
                                      "  def forward(self, x):\n    return double(super().forward(x))\n")
    (package / "layers" / "__init__.py").write_text("from .basic import double\n")
    (package / "layers" / "basic.py").write_text("def double(x):\n  return x * 2\n")
    (package / "old.py").write_text("print 'of another age'\n")
    real = torch.nn.Linear(3, 2)
    torch.save(real.state_dict(), models / "w.pth")
    client.load("net", path="w.pth", source=["src"], class_name="Net", init="[3, 2]")
    x = np.ones((4, 3), np.float32)
    assert np.abs(client.infer("net", {"x": x})["output"] - 2 * real(torch.from_numpy(x)).detach().numpy()).max() <= 1e-6
    (models / "empty").mkdir()
    assert "no Python files" in refused(client, path="w.pth", source=["empty"])
    (package / "layers" / "basic.py").write_text("print 'of another age'\n")
    assert "basic.py:1" in refused(client, path="w.pth", source=["src"], class_name="Net", init="[3, 2]")


def emit(path, *more, beside=True):
    folder = str(Path(os.environ["SCONCED_PATH"]).parent) if beside else ""
    return subprocess.run([os.environ["SCONCE_PATH"], "inspect", path, "--emit", "torchscript", *more],
                          env={"PATH": folder}, capture_output=True, text=True, timeout=60)


def test_what_a_model_is_made_into_can_be_read(tmp_path):
    (tmp_path / "net.py").write_text("import torch.nn as nn\nclass Net(nn.Linear):\n  def forward(self, x):\n"
                                     "    for i in range(2):\n      x = super().forward(x) + i\n    return x\n")
    torch.save(torch.nn.Linear(3, 3).state_dict(), tmp_path / "w.pth")
    options = [tmp_path / "w.pth", "--source", tmp_path / "net.py", "--class", "Net", "--init", "[3, 3]"]
    made = emit(*options)
    assert made.returncode == 0 and made.stdout.count("torch.linear") == 2 and "class Net(Module)" in made.stdout
    torch.save(torch.nn.Sequential(torch.nn.GELU()), tmp_path / "whole.pth")
    assert "torch.gelu" in emit(tmp_path / "whole.pth").stdout
    alone = emit(*options, beside=False)
    assert alone.returncode != 0 and "sconced is needed" in alone.stderr
    assert "--source" in emit(tmp_path / "w.pth").stderr


MADE_BY_SCRIPT = """
import argparse
import torch
import torch.nn as nn
import torchvision

args = argparse.ArgumentParser().parse_args()
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
data = torchvision.datasets.MNIST("data", download=True)

class Net(nn.Module):
    def __init__(self, layer, width, act="relu"):
        super().__init__()
        self.fc = layer(width, 2)
        self.act = getattr(torch, act)

    def forward(self, pair):
        return self.act(self.fc(pair[0])) + pair[1]

if __name__ == "__main__":
    width = 3
    net = Net(nn.Linear, width, act="tanh").to(device)
    for epoch in range(args.epochs):
        net.train()
"""


@pytest.mark.parametrize("class_name", ["", "net", "Net(nn.Linear, width, 'tanh')"])
def test_a_script_says_how_its_model_is_made(class_name, models, start, connect):
    """And the user, what an input without annotation is."""
    client = connect(start(models=models))
    (models / "train.py").write_text(MADE_BY_SCRIPT)
    fc = torch.nn.Linear(3, 2)
    torch.save({f"fc.{name}": value for name, value in fc.state_dict().items()}, models / "w.pth")
    client.load("net", path="w.pth", source=["train.py"], class_name=class_name,
                define={"forward.pair": "Tuple[Tensor, Tensor]"})
    a, b = torch.randn(4, 3), torch.randn(4, 2)
    answer = client.infer("net", {"pair.0": a.numpy(), "pair.1": b.numpy()})
    with torch.no_grad():
        expected = torch.tanh(fc(a)) + b
    assert np.abs(next(iter(answer.values())) - expected.numpy()).max() <= 1e-5
