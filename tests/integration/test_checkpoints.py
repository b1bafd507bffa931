"""What the daemon saves, PyTorch opens; what it can't save whole, it does not save."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import torch

import wire
from daemon import DEMO, DATA
from networks import Constant, Counter, script

TORCHSCRIPT = wire.sconce.CHECKPOINT_FORMAT_TORCHSCRIPT
STATE_DICT = wire.sconce.CHECKPOINT_FORMAT_STATE_DICT


def heldout(kind):
    return np.load(DEMO / "heldout" / f"digits_{kind}.npy")


def digits_class():
    """DigitsNet of the training script, without training."""
    namespace = {"__name__": "train_demo", "__file__": str(DATA / "train_demo.py")}
    exec(compile((DATA / "train_demo.py").read_text(), "train_demo.py", "exec"), namespace)
    return namespace["DigitsNet"]


def check_receipt(receipt):
    data = pathlib.Path(receipt.path).read_bytes()
    assert receipt.bytes == len(data) and receipt.sha256 == hashlib.sha256(data).hexdigest()


def test_a_saved_torchscript_file_opens_in_pytorch(demo):
    _, client = demo
    receipt = client.save("digits", TORCHSCRIPT, "digits.pt")
    check_receipt(receipt)
    with torch.inference_mode():
        output = torch.jit.load(receipt.path)(torch.from_numpy(heldout("inputs"))).numpy()
    assert np.abs(output - heldout("expected")).max() <= 1e-5
    again = torch.jit.load(receipt.path)
    before = torch.jit.load(str(DEMO / "models" / "digits" / "1" / "model.pt"))
    assert [n for n, _ in again.named_parameters()] == [n for n, _ in before.named_parameters()]
    assert [n for n, _ in again.named_buffers()] == [n for n, _ in before.named_buffers()]


def test_a_saved_state_dict_loads_strictly_in_pytorch(demo):
    _, client = demo
    receipt = client.save("digits", STATE_DICT, "nested/digits.pth")
    check_receipt(receipt)
    state = torch.load(receipt.path, weights_only=True)
    original = torch.load(DEMO / "weights" / "digits_state_dict.pth", weights_only=True)
    assert list(state) == list(original)
    assert all(torch.equal(state[k], original[k]) and state[k].dtype == original[k].dtype for k in original)
    model = digits_class()()
    model.load_state_dict(state, strict=True)
    with torch.inference_mode():
        output = model.eval()(torch.from_numpy(heldout("inputs"))).numpy()
    assert np.abs(output - heldout("expected")).max() <= 1e-5


def test_what_was_saved_can_be_served_again(demo, tmp_path):
    _, client = demo
    receipt = client.save("digits", STATE_DICT, "round.pth")
    shutil.copy(receipt.path, tmp_path / "demo" / "digits" / "round.pth")
    client.load("digits", path="digits/round.pth", skeleton="digits/1/model.pt", version=5)
    output = client.infer("digits", {"x": heldout("inputs")}, version=5)["output"]
    assert np.abs(output - heldout("expected")).max() <= 1e-5


def test_state_written_by_requests_is_not_saved(start, connect, models, tmp_path):
    script(Counter(), models / "counter.pt")
    (tmp_path / "out").mkdir()
    client = connect(start("--checkpoints", tmp_path / "out", models=models))
    for _ in range(3):
        client.infer("counter", {"x": np.ones(4, np.float32)})
    receipt = client.save("counter", TORCHSCRIPT, "counter.pt")
    assert torch.jit.load(receipt.path).total.tolist() == [0, 0, 0, 0]


def test_saving_replaces_a_file_only_when_it_is_whole(demo):
    _, client = demo
    first = client.save("digits", STATE_DICT, "same.pth")
    second = client.save("digits", STATE_DICT, "same.pth")
    assert first.path == second.path and first.bytes == second.bytes
    assert os.listdir(pathlib.Path(first.path).parent) == ["same.pth"], "a temporary file was left behind"


def test_without_a_checkpoint_folder_nothing_is_written(start, connect, models, refused):
    shutil.copy(DEMO / "models" / "iris.pt", models)
    client = connect(start(models=models))
    refused("FAILED_PRECONDITION", lambda: client.save("iris", TORCHSCRIPT, "iris.pt"), "--checkpoints")


def test_a_file_in_the_way_and_a_missing_model_are_named(demo, refused):
    _, client = demo
    receipt = client.save("iris", TORCHSCRIPT, "file")
    with pytest.raises(Exception) as caught:
        client.save("iris", TORCHSCRIPT, "file/below.pt")
    assert "file" in caught.value.details() and caught.value.code().name != "INTERNAL"
    refused("NOT_FOUND", lambda: client.save("nobody", TORCHSCRIPT, "x.pt"), "nobody")
    assert os.path.exists(receipt.path)


class Large(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1024, 1024)

    def forward(self, x):
        return self.linear(x)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: a full disk needs root, to mount a small one")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"NOT TESTED: a full disk; no small one can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("file_format", [TORCHSCRIPT, STATE_DICT])
def test_a_full_disk_leaves_no_partial_file(small_disk, models, start, connect, refused, file_format):
    script(Large(), models / "large.pt")
    script(Constant(1), models / "tiny.pt")
    daemon = start("--checkpoints", small_disk, models=models)
    client = connect(daemon)
    refused("RESOURCE_EXHAUSTED", lambda: client.save("large", file_format, "large.pt"), "large.pt")
    assert os.listdir(small_disk) == []
    x = np.ones((1, 1024), np.float32)
    assert client.infer("large", {"x": x})["output"].shape == (1, 1024)
    check_receipt(client.save("tiny", file_format, "tiny.pt"))
