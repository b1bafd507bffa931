"""Writes the seed corpora with real PyTorch: python3 make_seeds.py (needs torch and safetensors)."""

import argparse
import functools
import io
import pathlib
import pickle
import shutil
import zipfile

import torch
from safetensors.torch import save_file
from torch import nn

CORPUS = pathlib.Path(__file__).parent / "corpus"


class Net(nn.Module):
    names: list[str]
    table: dict[str, int]

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)
        self.names = ["a", "b"]
        self.table = {"x": 1, "y": 2**40}
        self.numbers = [1, 2, 3]
        self.tensors = [torch.ones(2)]

    def forward(self, x):
        return self.fc(x) + self.numbers[0] + self.table["x"] + self.tensors[0].sum(), self.names


def entry(path, suffix):
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(suffix))
        return archive.read(name)


class Bare(nn.Module):
    """The class of whose name stored_model_fuzz has another source."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)


def stored_models():
    """Whole models; the older container leaves more of them to the fuzzer, without checksums."""
    folder = CORPUS / "stored_model"
    folder.mkdir(exist_ok=True)
    Bare.__name__ = Bare.__qualname__ = "Net"
    full = Bare()
    full.args = argparse.Namespace(a=1, b=[2, (3,)])
    full.act = functools.partial(nn.functional.relu, inplace=False)
    full.kinds, full.device, full.dtype = {1, 2}, torch.device("cpu"), torch.float16
    models = {"linear": nn.Linear(2, 1), "net": Bare(), "attributes": full, "gru": nn.GRU(1, 1),
              "sequential": nn.Sequential(nn.Linear(2, 1), nn.ReLU()), "normed": nn.utils.weight_norm(nn.Conv1d(1, 1, 1)),
              "encoder": nn.TransformerEncoderLayer(2, 1, 2, batch_first=True)}
    other, globals()["Net"] = Net, Bare
    for name, model in models.items():
        torch.save(model, folder / f"{name}.pth", _use_new_zipfile_serialization=name in ("linear", "net"))
    globals()["Net"] = other


def main():
    stored_models()
    torch.manual_seed(0)
    net = Net().eval()
    zips = CORPUS / "zip"
    for folder in ("zip", "pickle", "state_dict", "legacy"):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)

    torch.save(net.fc.state_dict(), zips / "weights.pth")
    torch.jit.script(net).save(str(zips / "scripted.pt"))
    base = torch.arange(6.0).reshape(2, 3)
    torch.save({"epoch": 3, "model": {"view": base[:, 1:], "t": base.t()}, "lr": 0.1},
               zips / "checkpoint.pth")
    torch.save(net, zips / "whole.pth")
    torch.save({"q": torch.ones(2).to(torch.float8_e5m2), "p": nn.Parameter(torch.ones(1))},
               zips / "young.pth")
    save_file({"w": torch.ones(2, 2)}, zips / "w.safetensors")
    with zipfile.ZipFile(zips / "deflated.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/x", "x" * 1000)
        archive.writestr("a/y", "")

    for name, path, suffix in [("weights", "weights.pth", "data.pkl"),
                               ("checkpoint", "checkpoint.pth", "data.pkl"),
                               ("young", "young.pth", "data.pkl"),
                               ("module", "scripted.pt", "/data.pkl"),
                               ("debug", "scripted.pt", ".debug_pkl")]:
        data = entry(zips / path, suffix)
        for folder in ("pickle", "state_dict"):
            (CORPUS / folder / f"{name}.pkl").write_bytes(data)
    values = {"i": [0, -1, 2**31, 2**70], "f": 0.5, "s": {"é", "b"}, "t": (None, True, b"x")}
    for protocol in range(6):
        (CORPUS / "pickle" / f"plain{protocol}.pkl").write_bytes(pickle.dumps(values, protocol))
    stream = io.BytesIO()
    torch.save(net.fc.state_dict(), stream, _use_new_zipfile_serialization=False)
    (CORPUS / "zip" / "legacy.pth").write_bytes(stream.getvalue())

    # Made by ../data/make_torch_files.py.
    files = pathlib.Path(__file__).parent.parent / "data" / "torch_files"
    for name in ("legacy_kinds.pth", "legacy_layouts.pth", "legacy_protocol4.pth", "legacy_views.pth",
                 "legacy_module.pth", "pickle_protocol0.pkl", "pickle_protocol2.pkl", "pickle_protocol5.pkl",
                 "numpy_protocol1.pkl", "numpy_protocol4.pkl", "numpy_protocol5.pkl", "scalars_protocol2.pkl"):
        shutil.copy(files / name, CORPUS / "legacy" / name)
    copy_weights()


def copy_weights():
    """Made by ../data/make_weights_files.py."""
    files = pathlib.Path(__file__).parent.parent / "data" / "weights_files"
    (CORPUS / "weights").mkdir(exist_ok=True)
    for name in ("with_ema", "with_metrics", "nested", "in_a_list", "of_an_object", "module_inside", "lightning",
                 "both", "model_zip"):
        (CORPUS / "weights" / f"{name}.pkl").write_bytes(entry(files / f"{name}.pth", "data.pkl"))


if __name__ == "__main__":
    main()
