"""Checkpoints that say how their model was made: what the user need not give with --init."""

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import grpc
import numpy as np
import pytest
import safetensors.torch
import torch

import hyper_parameters
from test_source_published import agrees, client, folder  # noqa: F401

SOURCE = Path(hyper_parameters.__file__)
LIGHTNING = Path(__file__).parent.parent / "data" / "lightning"


@pytest.fixture
def script(folder):  # noqa: F811
    shutil.copy(SOURCE, folder / "model.py")
    return {"path": "net.ckpt", "source": ["model.py"]}


def save(folder, model, **beside):  # noqa: F811
    torch.manual_seed(1)
    torch.save({"epoch": 3, "model": model.state_dict(), "optimizer": {"state": {}, "param_groups": []}, **beside},
               folder / "net.ckpt")


@pytest.mark.parametrize("name", ["mlp", "stack"])
def test_lightning(client, folder, name):  # noqa: F811
    """Files of the real package; its classes are not installed here."""
    expected = json.loads((LIGHTNING / "expected.json").read_text())[name]
    for file in (f"{name}.ckpt", "networks.py"):
        shutil.copy(LIGHTNING / file, folder / file)
    client.load(name, path=f"{name}.ckpt", source=["networks.py"])
    given = client.infer(name, {"x": np.array(expected["input"], np.float32)})
    notes = " ".join(client.get(name).notes)
    client.unload(name)
    assert np.abs(next(iter(given.values())) - np.array(expected["output"])).max() <= 1e-5
    assert "hyper_parameters" in notes


X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 6)
ARGUMENTS = {"width": 6, "depth": 3, "act": "tanh"}
PLACES = {"hyper_parameters": {"hyper_parameters": {**ARGUMENTS, "lr": 0.1}}, "flat": ARGUMENTS,
          "args": {"args": argparse.Namespace(**ARGUMENTS, lr=0.1)}, "config": {"config": {"model": ARGUMENTS, "seed": 1}},
          "the likelier one fails": {"model_args": {"width": 7}, "config": ARGUMENTS}}


@pytest.mark.parametrize("place", PLACES)
def test_arguments_of_init(client, folder, script, place):  # noqa: F811
    model = hyper_parameters.Stack(**ARGUMENTS)
    save(folder, model, **PLACES[place])
    agrees(client, "stack", model, X, "x", **script)


def test_what_the_user_gives_comes_first(client, folder, script):  # noqa: F811
    model = hyper_parameters.Stack(**ARGUMENTS)
    save(folder, model, hyper_parameters={**ARGUMENTS, "act": "relu", "depth": 9})
    agrees(client, "stack", model, X, "x", init='{"act": "tanh", "depth": 3}', **script)


def test_values_that_mislead_are_left_out(client, folder, script):  # noqa: F811
    """The weights are those of the defaults, whatever is written beside them."""
    model = hyper_parameters.Stack(4)
    save(folder, model, depth=7, act="relu")
    agrees(client, "stack", model, X[:, :4], "x", init='{"width": 4}', **script)


CONFIG = hyper_parameters.Config(width=6, depth=2)
CONFIGURATIONS = {"object": {"config": CONFIG}, "dict": {"config": asdict(CONFIG)}, "args": {"model_args": asdict(CONFIG)},
                  "training's too": {"config": {"depth": 5}, "model_args": asdict(CONFIG)}}


@pytest.mark.parametrize("kind", CONFIGURATIONS)
@pytest.mark.parametrize("model", [hyper_parameters.Configured, hyper_parameters.Annotated])
def test_one_object_for_everything(client, folder, script, model, kind):  # noqa: F811
    real = model(CONFIG)
    save(folder, real, **CONFIGURATIONS[kind])
    agrees(client, "configured", real, X, "x", class_name=model.__name__, **script)


@pytest.mark.parametrize("model", [hyper_parameters.Configured, hyper_parameters.Annotated])
def test_one_object_out_of_json(client, folder, script, model):  # noqa: F811
    real = model(CONFIG)
    save(folder, real)
    agrees(client, "configured", real, X, "x", init=json.dumps({"config": asdict(CONFIG)}),
           class_name=model.__name__, **script)


def test_what_is_missing_is_named(client, folder, script):  # noqa: F811
    save(folder, hyper_parameters.Stack(**ARGUMENTS))
    with pytest.raises(grpc.RpcError) as refused:
        client.load("stack", class_name="Stack", **script)
    assert "missing argument: 'width'" in refused.value.details() and "--init" in refused.value.details()


SCRIPT = """
import argparse
from model import Stack
def parse():
  parser = argparse.ArgumentParser()
  parser.add_argument("--hidden", type=int, default=32)
  parser.add_argument("--layers", type=int, default=1)
  parser.add_argument("--activation", default="relu")
  return parser.parse_args()
def main(args):
  model = Stack(args.hidden, depth=args.layers, act=args.activation)
if __name__ == "__main__": main(parse())
"""


@pytest.mark.parametrize("kept", [argparse.Namespace, dict])
def test_arguments_of_the_script(client, folder, script, kept):  # noqa: F811
    """The checkpoint's `args` stand for the script's, under the names that only the script knows."""
    (folder / "train.py").write_text(SCRIPT)
    model = hyper_parameters.Stack(**ARGUMENTS)
    save(folder, model, args=kept(hidden=6, layers=3, activation="tanh", lr=0.1))
    agrees(client, "stack", model, X, "x", **{**script, "source": ["train.py", "model.py"]})


class Trainer(torch.nn.Module):
    """A training wrapper as Lightning's modules are: the script of the model does not have it."""

    def __init__(self, net):
        super().__init__()
        self.loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.ones(3))
        self.net = net


@pytest.mark.parametrize("wrapped", [Trainer, lambda net: Trainer(torch.optim.swa_utils.AveragedModel(net)),
                                     torch.optim.swa_utils.AveragedModel])
def test_weights_of_a_wrapper(client, folder, script, wrapped):  # noqa: F811
    model = hyper_parameters.Stack(**ARGUMENTS)
    save(folder, wrapped(model), config=ARGUMENTS)
    agrees(client, "wrapped", model, X, "x", class_name="Stack", **script)


def test_a_part_of_the_weights_is_offered_and_taken(client, folder, script):  # noqa: F811
    """Where the script has several classes, another one may be meant."""
    model = hyper_parameters.Stack(**ARGUMENTS)
    save(folder, Trainer(model), config=ARGUMENTS)
    with pytest.raises(grpc.RpcError) as refused:
        client.load("part", **script)
    assert "--weights-key net" in refused.value.details()
    agrees(client, "part", model, X, "x", weights_key="net", **script)


def test_weights_that_are_tied_are_given_once(client, folder, script):  # noqa: F811
    """As safetensors' save_model() writes them."""
    torch.manual_seed(1)
    model = hyper_parameters.Tied()
    state = {name: tensor for name, tensor in model.state_dict().items() if name != "head.weight"}
    safetensors.torch.save_file(state, folder / "net.safetensors")
    agrees(client, "tied", model, X, "x", **{**script, "path": "net.safetensors"})
