"""Writes weights_files/ with real PyTorch and safetensors: checkpoints, pickled models and shards as people save them,
and what is in them as expected.json. python3 make_weights_files.py (needs torch, numpy and safetensors)."""

import collections
import hashlib
import json
import pathlib
import pickle

import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = pathlib.Path(__file__).parent / "weights_files"
EXPECTED = {}


class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc = nn.Linear(size, size)
        self.norm = nn.BatchNorm1d(size)
        self.register_buffer("mask", torch.ones(size), persistent=False)
        self.register_buffer("steps", torch.arange(size))
        self.register_buffer("nothing", None)
        self.register_parameter("missing", None)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = 4
        self.rates = [0.1, 0.2]
        self.name = "net"
        self.blocks = nn.ModuleList([Block(4), Block(4)])
        self.head = nn.Sequential(collections.OrderedDict(drop=nn.Dropout(0.25), out=nn.Linear(4, 2, bias=False)))
        self.tied = nn.Linear(4, 2, bias=False)
        self.tied.weight = self.head.out.weight
        self.unused = None


class Trainer:
    """A user's own object around the model."""

    def __init__(self, model):
        self.model = model
        self.epoch = 3


def describe(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    return {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape),
            "sha256": hashlib.sha256(raw).hexdigest()}


def note(name, kind, state, key="", prefix=""):
    EXPECTED[name] = {"kind": kind, "key": key, "prefix": prefix,
                      "tensors": [{"name": name} | describe(value) for name, value in state.items()]}


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + name, value) for name, value in state.items())


def save_checkpoints(net):
    state = net.state_dict()
    other = {name: value + 1 for name, value in state.items()}
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    sum(p.sum() for p in net.parameters()).backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    state = net.state_dict()
    rest = {"epoch": 3, "loss": 0.25, "optimizer_state_dict": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(), "best": torch.tensor(0.5)}
    checkpoints = {
        "tutorial": ({"model_state_dict": state, **rest}, "model_state_dict"),
        "any_name": ({"my_thing": state, **rest}, "my_thing"),
        "with_ema": ({"model": state, "ema": other, **rest}, "model"),
        "with_metrics": ({"net": state, "metrics": {"loss": torch.tensor(1.0)}, "rng_state": {"cpu": torch.ones(2)}},
                         "net"),
        "nested": ({"state": {"model": state, "step": 7}, **rest}, "state.model"),
        "in_a_list": ([state, {"epoch": 3}], "0"),
        "of_an_object": (Trainer(net), "model"),
        "module_inside": ({"model": net, "epoch": 3, "ema": None, "train_args": {"lr": 0.1}}, "model"),
        "lightning": ({"state_dict": state, "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [],
                       "callbacks": {"Best": {"best_score": torch.tensor(1.0), "mode": "min"}}, "epoch": 1,
                       "hyper_parameters": {"width": 4}}, "state_dict"),
    }
    for name, (content, key) in checkpoints.items():
        torch.save(content, FOLDER / f"{name}.pth")
        note(f"{name}.pth", "checkpoint", state, key)
    torch.save({"generator": state, "discriminator": other}, FOLDER / "ambiguous.pth")
    torch.save({"epoch": 3, "w": torch.ones(2), "lr": 0.1}, FOLDER / "mixed.pth")
    for name, prefix in (("parallel", "module."), ("compiled", "_orig_mod."), ("both", "module._orig_mod."),
                         ("twice", "module.module.")):
        torch.save(prefixed(state, prefix), FOLDER / f"{name}.pth")
        note(f"{name}.pth", "state_dict", state, prefix=prefix)
    extra = collections.OrderedDict(state)
    extra["blocks.0._extra_state"] = {"scale": 2}
    torch.save(extra, FOLDER / "extra_state.pth")
    note("extra_state.pth", "state_dict", state)


def save_models(net):
    state = net.state_dict()
    torch.save(net, FOLDER / "model_zip.pth")
    torch.save(net, FOLDER / "model_legacy.pth", _use_new_zipfile_serialization=False)
    names = ["model_zip.pth", "model_legacy.pth"]
    for protocol in (0, 2, 5):
        (FOLDER / f"model_protocol{protocol}.pkl").write_bytes(pickle.dumps(net, protocol))
        names.append(f"model_protocol{protocol}.pkl")
    for name in names:
        note(name, "pickled model", state)
    torch.save(nn.DataParallel(net), FOLDER / "model_parallel.pth")
    note("model_parallel.pth", "pickled model", state, prefix="module.")


def save_safetensors():
    names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "uint16",
             "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "complex64"]
    state = {}
    for name in names:
        dtype = getattr(torch, name)
        state[name] = torch.tensor([True, False]) if name == "bool" else torch.arange(16, dtype=torch.uint8).view(dtype)
    state |= {"scalar": torch.tensor(2.5), "empty": torch.empty(0, 3), "é": torch.ones(1, 2, 3)}
    save_file(state, FOLDER / "dtypes.safetensors", {"format": "pt", "note": "hello"})
    note("dtypes.safetensors", "safetensors", state)


def save_shards(net):
    # As the Hugging Face libraries do, tensors that are shared are in one place only.
    state = {name: value for name, value in net.state_dict().items() if name != "tied.weight"}
    halves = dict(list(state.items())[:6]), dict(list(state.items())[6:])
    for folder, kind, suffix, save in (
            ("shards", "sharded safetensors", "safetensors", lambda part, path: save_file(part, path, {"format": "pt"})),
            ("bin_shards", "sharded state_dict", "bin", torch.save)):
        (FOLDER / folder).mkdir()
        stem = "model" if suffix == "safetensors" else "pytorch_model"
        weight_map = {}
        for i, part in enumerate(halves, 1):
            name = f"{stem}-{i:05}-of-00002.{suffix}"
            save(part, FOLDER / folder / name)
            weight_map |= dict.fromkeys(part, name)
        index = {"metadata": {"total_size": sum(t.nbytes for t in state.values())}, "weight_map": weight_map}
        (FOLDER / folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(index, indent=2, sort_keys=True))
        note(folder, kind, state)


def main():
    torch.manual_seed(0)
    for old in sorted(FOLDER.rglob("*"), reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    FOLDER.mkdir(exist_ok=True)
    net = Net().eval()
    save_checkpoints(net)
    save_models(net)
    save_safetensors()
    save_shards(net)
    (FOLDER / "expected.json").write_text(json.dumps(EXPECTED, separators=(",", ":")))
    print(sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()), "bytes")


if __name__ == "__main__":
    main()
