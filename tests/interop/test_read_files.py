"""Files that real PyTorch, safetensors and pickle wrote, in every container, dtype and layout: Sconce reads what PyTorch reads.

Each file goes through `sconce convert` to another format, and what comes out is compared, byte for byte, with what
torch.load gives for the original.
"""

import argparse
import collections
import importlib.util
import io
import json
import pathlib
import pickle
import subprocess

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from daemon import program

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
          torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.uint16, torch.uint32, torch.uint64,
          torch.float8_e4m3fn, torch.float8_e5m2]


def convert(source, target, *flags, code=0):
    done = subprocess.run([program("sconce"), "convert", str(source), str(target), *map(str, flags)],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"convert {source}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def raw(tensor):
    return tensor.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def same(ours, theirs):
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype and ours[name].shape == tensor.shape, name
        assert raw(ours[name]) == raw(tensor), name


def read_through(path, tmp_path, *flags):
    """The weights of `path` as Sconce reads them."""
    convert(path, tmp_path / "out.pth", "--format", "state_dict", *flags)
    return torch.load(tmp_path / "out.pth", weights_only=True)


def layouts(dtype):
    """One tensor of every shape and layout that a file may hold."""
    generator = torch.Generator().manual_seed(int(str(dtype).encode().hex(), 16) % 1000)
    bits = torch.randint(0, 2 if dtype == torch.bool else 256, (4096,), generator=generator, dtype=torch.uint8)
    base = bits.view(dtype) if dtype != torch.bool else bits.bool()
    base = base[:240].clone()
    return collections.OrderedDict([
        ("scalar", base[0].clone()), ("empty", base[:0].clone().reshape(0, 3)), ("vector", base[:7].clone()),
        ("matrix", base[:24].clone().reshape(4, 6)), ("deep", base[:24].clone().reshape(1, 2, 3, 4, 1)),
        ("transposed", base[:24].clone().reshape(4, 6).t()), ("every_other", base[:40][::2]),
        ("offset", base[40:50]), ("expanded", base[60:61].expand(5)), ("overlapping", base[70:90].unfold(0, 4, 2)),
        ("tied_a", base[100:120]), ("tied_b", base[100:120]), ("inner", base[105:110])])


def save(content, path, container, protocol):
    if container == "zip":
        torch.save(content, path, pickle_protocol=protocol)
    elif container == "legacy":
        torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    else:
        path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


CONTAINERS = [("zip", p) for p in (2, 3, 4, 5)] + [("legacy", p) for p in (2, 3, 4)] + [("pickle", p) for p in range(6)]


@pytest.mark.parametrize("container,protocol", CONTAINERS)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: str(d).removeprefix("torch."))
def test_every_dtype_and_layout_of_every_container(container, protocol, dtype, tmp_path):
    tensors = layouts(dtype)
    path = save(tensors, tmp_path / "file", container, protocol)
    ours = read_through(path, tmp_path)
    same(ours, tensors)
    if container != "pickle":
        storage = {name: ours[name].untyped_storage().data_ptr() for name in ("offset", "inner", "tied_a", "tied_b")}
        assert len(set(storage.values())) == 1, "sharing was lost"


@pytest.mark.parametrize("dtype", [d for d in DTYPES if not d.is_complex or d == torch.complex64],
                         ids=lambda d: str(d).removeprefix("torch."))
def test_safetensors_both_ways(dtype, tmp_path):
    tensors = {k: v.contiguous().clone() for k, v in layouts(dtype).items()}
    safetensors.torch.save_file(tensors, tmp_path / "in.safetensors", metadata={"format": "pt", "author": "them"})
    ours = read_through(tmp_path / "in.safetensors", tmp_path)
    same({k: ours[k] for k in sorted(ours)}, {k: tensors[k] for k in sorted(tensors)})
    convert(tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    again = safetensors.torch.load_file(tmp_path / "out.safetensors")
    same({k: again[k] for k in sorted(again)}, {k: tensors[k] for k in sorted(tensors)})
    with safetensors.safe_open(tmp_path / "out.safetensors", "pt") as opened:
        assert opened.metadata()["author"] == "them"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU())
        self.head = nn.Linear(3, 2)
        self.register_buffer("hidden", torch.ones(2), persistent=False)
        self.width = 3


@pytest.fixture
def net():
    torch.manual_seed(1)
    return Net()


@pytest.mark.parametrize("container,protocol", [("zip", 2), ("legacy", 2), ("pickle", 4)])
def test_parameters_and_metadata(container, protocol, net, tmp_path):
    state = net.state_dict(keep_vars=True)
    ours = read_through(save(state, tmp_path / "file", container, protocol), tmp_path)
    same(ours, net.state_dict())
    assert ours._metadata["body.1"]["version"] == 2
    Net().load_state_dict(ours, strict=True)


@pytest.mark.parametrize("key", ["model_state_dict", "state_dict", "model", "model_state", "net", "ema", "whatever"])
def test_checkpoints_by_the_keys_people_use(key, net, tmp_path):
    optimizer = torch.optim.Adam(net.parameters())
    net.head(torch.ones(3)).sum().backward()
    optimizer.step()
    content = {"epoch": 3, key: net.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "loss": 0.5,
               "args": argparse.Namespace(lr=0.1)}
    torch.save(content, tmp_path / "c.ckpt")
    same(read_through(tmp_path / "c.ckpt", tmp_path), net.state_dict())


def test_prefixes_of_training_wrappers_are_taken_off(net, tmp_path):
    for prefix in ("module.", "_orig_mod.", "module._orig_mod."):
        torch.save({"state_dict": {prefix + k: v for k, v in net.state_dict().items()}}, tmp_path / "c.ckpt")
        same(read_through(tmp_path / "c.ckpt", tmp_path), net.state_dict())


def test_ambiguous_checkpoints_ask_for_the_key(net, tmp_path):
    torch.save({"generator": net.state_dict(), "discriminator": nn.Linear(2, 2).state_dict()}, tmp_path / "gan.pth")
    said = convert(tmp_path / "gan.pth", tmp_path / "out.pth", code=1)
    assert "generator" in said and "discriminator" in said and "weights-key" in said
    same(read_through(tmp_path / "gan.pth", tmp_path, "--weights-key", "generator"), net.state_dict())


@pytest.mark.parametrize("container,protocol", [("zip", 2), ("legacy", 2), ("pickle", 2), ("pickle", 4)])
def test_whole_pickled_models_without_their_class(container, protocol, net, tmp_path):
    same(read_through(save(net, tmp_path / "whole.pth", container, protocol), tmp_path), net.state_dict())


@pytest.mark.parametrize("protocol", range(6))
def test_numpy_arrays_as_weights(protocol, tmp_path):
    arrays = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
              "i": np.arange(3), "b": np.array([True, False]), "h": np.ones(3, np.float16), "z": np.array(3, np.float32)}
    path = tmp_path / "arrays.pkl"
    path.write_bytes(pickle.dumps(arrays, protocol=protocol))
    ours = read_through(path, tmp_path)
    assert list(ours) == list(arrays)
    for name, array in arrays.items():
        assert ours[name].dtype == torch.from_numpy(np.asarray(array)).dtype
        assert np.array_equal(ours[name].numpy(), array), name


def shards(tensors, folder, suffix, write):
    folder.mkdir()
    names = list(tensors)
    parts = [names[::2], names[1::2]]
    weight_map = {}
    for number, part in enumerate(parts, 1):
        file = f"{'model' if suffix == 'safetensors' else 'pytorch_model'}-0000{number}-of-00002.{suffix}"
        write({n: tensors[n] for n in part}, folder / file)
        weight_map.update({n: file for n in part})
    index = folder / (("model.safetensors" if suffix == "safetensors" else "pytorch_model.bin") + ".index.json")
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}))
    return index


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
def test_shards_with_an_index(suffix, net, tmp_path):
    state = net.state_dict()
    write = safetensors.torch.save_file if suffix == "safetensors" else torch.save
    index = shards(state, tmp_path / "model", suffix, write)
    for path in (index, index.parent):
        ours = read_through(path, tmp_path)
        same({k: ours[k] for k in sorted(ours)}, {k: state[k] for k in sorted(state)})


def test_sharded_output_is_what_transformers_reads(net, tmp_path):
    torch.save(net.state_dict(), tmp_path / "net.pth")
    convert(tmp_path / "net.pth", tmp_path / "out", "--format", "safetensors", "--shard-size", "100")
    index = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_text())
    state = {}
    for file in sorted(set(index["weight_map"].values())):
        state.update(safetensors.torch.load_file(tmp_path / "out" / file))
    assert len(set(index["weight_map"].values())) > 1 and set(index["weight_map"]) == set(state)
    Net().load_state_dict(state, strict=True)
    assert index["metadata"]["total_size"] == sum(t.numel() * t.element_size() for t in state.values())


@pytest.mark.parametrize("make,word", [
    (lambda: torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8), "quantized"),
    (lambda: torch.eye(3).to_sparse(), "sparse"),
    (lambda: torch.ones(2, device="meta"), "meta"),
    (lambda: torch.tensor([1j]).conj(), "conj"),
], ids=["quantized", "sparse", "meta", "conjugated"])
def test_what_is_not_read_is_named(make, word, tmp_path):
    torch.save({"w": make()}, tmp_path / "odd.pth")
    said = convert(tmp_path / "odd.pth", tmp_path / "out.pth", code=1)
    assert word in said.lower() and '"w"' in said, said


def test_bytes_of_the_other_order_are_refused_by_name(tmp_path):
    from torch.utils.serialization import config
    buffer = io.BytesIO()
    torch.save({"w": torch.ones(3)}, buffer)
    path = tmp_path / "big.pth"
    path.write_bytes(buffer.getvalue())
    writer = torch._C.PyTorchFileWriter(str(path))
    writer.write_record("data.pkl", pickle.dumps({}, 2), len(pickle.dumps({}, 2)))
    writer.write_record("byteorder", b"big", 3)
    writer.write_end_of_file()
    assert "big" in convert(path, tmp_path / "out.pth", code=1)


def published(package, pattern):
    """Weights that come with a Python package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return []
    return sorted(pathlib.Path(spec.submodule_search_locations[0]).rglob(pattern))


PUBLISHED = [*published("facenet_pytorch", "*.pt"), *published("lpips", "*.pth"), *published("resemblyzer", "*.pt")]


def test_the_published_files_are_there():
    assert len(PUBLISHED) >= 10, "tests/run.sh installs facenet-pytorch, lpips and resemblyzer"


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_files_that_other_people_published(path, tmp_path):
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    theirs = theirs.get("model_state", theirs)
    same(read_through(path, tmp_path), theirs)
    convert(path, tmp_path / "out.safetensors")
    loaded = safetensors.torch.load_file(tmp_path / "out.safetensors")
    same({k: loaded[k] for k in theirs}, theirs)
