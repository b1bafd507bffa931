"""Train in PyTorch, serve in Sconce, save from Sconce, resume in PyTorch: nothing is lost on the way."""

import json

import numpy as np
import pytest
import safetensors.torch
import torch

import wire
from examples import EXAMPLES, answers, rows, train
from networks import script

FORMATS = {"torchscript": wire.sconce.CHECKPOINT_FORMAT_TORCHSCRIPT, "state_dict": wire.sconce.CHECKPOINT_FORMAT_STATE_DICT,
           "checkpoint": wire.sconce.CHECKPOINT_FORMAT_CHECKPOINT, "safetensors": wire.sconce.CHECKPOINT_FORMAT_SAFETENSORS}


class Example:
    """A network trained for two epochs, with what a third would do."""

    def __init__(self, name):
        torch.manual_seed(7)
        self.make, data, self.optimizer_of = EXAMPLES[name]
        self.x, self.y = data()
        self.model = self.make()
        optimizer = self.optimizer_of(self.model.parameters())
        self.losses = train(self.model, optimizer, self.x, self.y, 2)
        self.optimizer_state = optimizer.state_dict()
        self.answers = answers(self.model, self.x[:16])
        self.state = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.next_losses = self.resume(self.state, self.checkpoint()["optimizer_state_dict"])

    def checkpoint(self):
        clone = torch.utils._pytree.tree_map(lambda v: v.clone() if torch.is_tensor(v) else v, self.optimizer_state)
        return {"epoch": 2, "model_state_dict": self.model.state_dict(), "optimizer_state_dict": clone, "loss": self.losses[-1]}

    def resume(self, state, optimizer_state):
        model = self.make()
        model.load_state_dict(state, strict=True)
        optimizer = self.optimizer_of(model.parameters())
        optimizer.load_state_dict(optimizer_state)
        return train(model, optimizer, self.x, self.y, 2, first=2)

    def check_answers(self, client, **where):
        output = client.infer("net", {"x": rows(self.x)}, **where)["output"]
        assert np.abs(output - self.answers).max() <= 1e-5

    def check_state(self, state):
        assert list(state) == list(self.state)
        assert all(torch.equal(state[k], v) and state[k].dtype == v.dtype for k, v in self.state.items())


@pytest.fixture(params=EXAMPLES)
def example(request):
    return Example(request.param)


@pytest.fixture
def served(example, models, start, connect, tmp_path):
    """The daemon serves the example's checkpoint as "net"."""
    script(example.make(), models / "net" / "skeleton.ts")
    torch.save(example.checkpoint(), models / "net" / "last.ckpt")
    client = connect(start("--checkpoints", tmp_path / "out", models=models))
    client.load("net", path="net/last.ckpt", skeleton="net/skeleton.ts")
    return client


def save(client, file_format, path, options=None):
    return client.server.SaveCheckpoint(wire.sconce.SaveCheckpointRequest(
        name="net", format=FORMATS[file_format], path=path, options=options), timeout=60)


def test_a_checkpoint_is_served_saved_and_resumed(example, served):
    example.check_answers(served)
    receipt = save(served, "checkpoint", "again.ckpt")
    content = torch.load(receipt.path, weights_only=True)
    assert list(content) == ["epoch", "model_state_dict", "optimizer_state_dict", "loss"]
    assert content["epoch"] == 2 and content["loss"] == example.losses[-1]
    example.check_state(content["model_state_dict"])
    assert example.resume(content["model_state_dict"], content["optimizer_state_dict"]) == example.next_losses


def test_every_format_comes_back(example, served, models):
    example.check_state(torch.load(save(served, "state_dict", "w.pth").path, weights_only=True))
    loaded = safetensors.torch.load_file(save(served, "safetensors", "w.safetensors").path)
    example.check_state({k: loaded[k] for k in example.state})
    archive = torch.jit.load(save(served, "torchscript", "w.pt").path)
    assert np.abs(answers(archive, example.x[:16]) - example.answers).max() <= 1e-6


def test_a_checkpoint_built_anew_takes_the_values_given(example, models, start, connect, tmp_path):
    script(example.model, models / "net.pt")
    client = connect(start("--checkpoints", tmp_path / "out", models=models))
    values = {"epoch": 12, "loss": 0.25, "optimizer_state_dict": {"lr": 0.01}, "note": {"by": ["me"]}}
    receipt = save(client, "checkpoint", "new.ckpt", wire.sconce.CheckpointOptions(values_json=json.dumps(values)))
    content = torch.load(receipt.path, weights_only=True)
    assert content["epoch"] == 12 and isinstance(content["epoch"], int) and content["loss"] == 0.25
    assert content["note"] == {"by": ["me"]}
    example.check_state(content["model_state_dict"])
    model = example.make()
    model.load_state_dict(content["model_state_dict"])
    optimizer = torch.optim.SGD(model.parameters(), lr=5)
    optimizer.load_state_dict(content["optimizer_state_dict"])
    assert optimizer.param_groups[0]["lr"] == 0.01 and len(optimizer.param_groups[0]["params"]) == len(list(model.parameters()))


@pytest.mark.parametrize("kind", ["state_dict", "legacy", "pickle", "safetensors", "whole"])
def test_weights_of_every_kind_are_served(kind, example, models, start, connect):
    script(example.make(), models / "net" / "skeleton.ts")
    path = models / "net" / "weights"
    if kind == "safetensors":
        safetensors.torch.save_file(example.state, path)
    elif kind == "pickle":
        import pickle
        path.write_bytes(pickle.dumps(example.model.state_dict()))
    else:
        content = example.model if kind == "whole" else example.model.state_dict()
        torch.save(content, path, _use_new_zipfile_serialization=kind != "legacy")
    client = connect(start(models=models))
    loaded = client.load("net", path="net/weights", skeleton="net/skeleton.ts")
    assert loaded.format.endswith("on torchscript")
    example.check_answers(client)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_the_bytes_when_asked(dtype, example, served):
    receipt = save(served, "state_dict", "half.pth", wire.sconce.CheckpointOptions(dtype=dtype))
    state = torch.load(receipt.path, weights_only=True)
    for name, tensor in example.state.items():
        wanted = tensor.to(getattr(torch, dtype)) if tensor.is_floating_point() else tensor
        assert torch.equal(state[name], wanted) and state[name].dtype == wanted.dtype


def test_a_pulled_checkpoint_is_the_saved_one(example, served):
    saved = save(served, "state_dict", "w.pth")
    parts = list(served.server.PullCheckpoint(wire.sconce.PullCheckpointRequest(
        name="net", format=FORMATS["state_dict"]), timeout=60))
    assert parts[0].WhichOneof("part") == "begin" and parts[-1].WhichOneof("part") == "end"
    data = b"".join(part.data for part in parts[1:-1])
    assert len(data) == parts[-1].end.bytes == parts[0].begin.bytes == saved.bytes
    assert parts[-1].end.sha256 == saved.sha256


def test_what_was_loaded_is_what_is_saved_or_nothing_is(example, served, models, refused):
    torch.save({**example.checkpoint(), "epoch": 3}, models / "net" / "last.ckpt")
    refused("FAILED_PRECONDITION", lambda: save(served, "state_dict", "w.pth"), "last.ckpt", "not the file any more")
    (models / "net" / "last.ckpt").unlink()
    for file_format in FORMATS:
        refused("FAILED_PRECONDITION", lambda: save(served, file_format, "w"), "last.ckpt", "can't be read any more")
    example.check_answers(served)


def test_less_strict_only_when_asked(example, models, start, connect, refused, tmp_path):
    script(example.model, models / "net" / "skeleton.ts")
    first, *others = example.state
    partial = {k: example.state[k] for k in others} | {"extra.weight": torch.ones(2)}
    torch.save(partial, models / "net" / "partial.pth")
    client = connect(start("--checkpoints", tmp_path / "out", models=models))
    where = dict(path="net/partial.pth", skeleton="net/skeleton.ts")
    refused("FAILED_PRECONDITION", lambda: client.load("net", **where), first, "extra.weight")
    refused("FAILED_PRECONDITION", lambda: client.load("net", **where, allow_missing=True), "extra.weight")
    notes = client.load("net", **where, allow_missing=True, allow_unexpected=True).notes
    assert any(first in note for note in notes) and any("extra.weight" in note for note in notes)
    example.check_answers(client)
    example.check_state(torch.load(save(client, "state_dict", "w.pth").path, weights_only=True))
