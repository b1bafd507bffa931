"""Writes torch_files/ with real PyTorch and NumPy: every container, protocol, element type and layout, what is in
them as expected.json, and kinds of tensors that are refused. python3 make_torch_files.py (needs torch and numpy)."""

import collections
import hashlib
import io
import json
import pathlib
import pickle
import sys
import warnings
import zipfile

import numpy as np
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent / "torch_files"
EXPECTED = {}
DTYPES = [
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
    "complex128", "complex32", "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz",
    "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2"
]


def of_type(name):
    dtype = getattr(torch, name)
    if dtype == torch.bool:
        return torch.tensor([True, False, True])
    return torch.arange(32, dtype=torch.uint8).view(dtype).clone()


def dtypes():
    return {name: of_type(name) for name in DTYPES}


def layouts():
    base = torch.arange(24.0).reshape(2, 3, 4)
    return {
        "base": base,
        "view": base[1, 1:, 2],
        "transposed": base.permute(2, 0, 1),
        "scalar": torch.tensor(7.5),
        "empty": torch.empty(0, 5),
        "expanded": torch.tensor([1.0, 2.0]).expand(3, 2),
        "slice": torch.arange(100)[10:90:7],
        "again": base,
    }


def kinds():
    parameter = nn.Parameter(torch.arange(3.0))
    noted = nn.Parameter(torch.arange(4.0))
    noted.note = "kept by _rebuild_parameter_with_state"
    frozen = nn.Parameter(torch.arange(2), requires_grad=False)
    buffer = nn.parameter.Buffer(torch.arange(5.0))
    wanting = torch.arange(6.0).requires_grad_()
    return collections.OrderedDict(parameter=parameter, noted=noted, frozen=frozen, buffer=buffer, wanting=wanting,
                                   shared=parameter.data)


def some():
    base = torch.arange(6.0).reshape(2, 3)
    return collections.OrderedDict(w=base, t=base.t(), half=of_type("bfloat16"), p=nn.Parameter(torch.ones(2)),
                                   fp8=of_type("float8_e5m2"))


def arrays():
    made = {name: np.arange(32, dtype=np.uint8).view(name) for name in
            ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16")}
    made["b1"] = np.array([True, False])
    made["fortran"] = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    made["permuted"] = np.arange(24, dtype="f4").reshape(2, 3, 4).transpose(1, 2, 0)
    made["strided"] = np.arange(10)[::3]
    made["zero_d"] = np.array(3.5)
    made["none"] = np.empty((0, 4), "f4")
    made["same"] = made["fortran"]
    return made


def describe(value):
    if isinstance(value, np.ndarray):
        tensor = torch.from_numpy(np.ascontiguousarray(value).reshape(value.shape))
    else:
        tensor = value.detach()
    flat = tensor.contiguous().reshape(-1)
    raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    described = {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape),
                 "sha256": hashlib.sha256(raw).hexdigest()}
    if isinstance(value, torch.Tensor):
        described |= {"strides": list(tensor.stride()), "requires_grad": value.requires_grad,
                      "shares": value.untyped_storage().data_ptr()}
    else:
        described |= {"requires_grad": False, "shares": id(value)}
    return described


def number_groups(tensors):
    """Which share a storage, as small numbers."""
    groups = {}
    for tensor in tensors.values():
        tensor["shares"] = groups.setdefault(tensor["shares"], len(groups))
    return tensors


def note(name, container, content, shares=True):
    tensors = number_groups({key: describe(value) for key, value in content.items()})
    if not shares:
        for tensor in tensors.values():
            del tensor["shares"]
    EXPECTED[name] = {"container": container, "tensors": tensors}


def save_zip(name, content):
    torch.save(content, FOLDER / name)
    note(name, "zip", content)


def save_legacy(name, content, protocol=2):
    torch.save(content, FOLDER / name, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    note(name, "legacy torch stream", content)


def save_pickle(name, content, protocol, shares=False):
    (FOLDER / name).write_bytes(pickle.dumps(content, protocol))
    note(name, "pickle", content, shares)


def rewrite_zip(source, name, keep, root, compression):
    """The same entries as other versions of PyTorch, and other people's tools, lay them out."""
    with zipfile.ZipFile(FOLDER / source) as old, zipfile.ZipFile(FOLDER / name, "w", compression) as new:
        for entry in old.namelist():
            inner = entry.split("/", 1)[1]
            if keep(inner):
                new.writestr(f"{root}/{inner}", old.read(entry))
    EXPECTED[name] = EXPECTED[source]


class OldPickler(pickle.Pickler):
    """Persistent ids of PyTorch 0.1 to 0.3: storages that are parts of others, classes with their source."""

    def __init__(self, file, ids):
        super().__init__(file, 2)
        self.ids = ids

    def persistent_id(self, value):
        found = self.ids.get(id(value))
        if found is not None and found[0] == "module":  # the id holds the class itself
            del self.ids[id(value)]
        return found


class Part:
    """Stands for a storage."""


class Cell(nn.Module):
    pass


class Rebuilt:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return torch._utils._rebuild_tensor, self.arguments


def save_old_views():
    root, head, tail = Part(), Part(), Part()
    data = torch.arange(10.0)
    ids = {
        id(root): ("storage", torch.cuda.FloatStorage, "77", "cuda:0", 10, None),
        id(head): ("storage", torch.cuda.FloatStorage, "77", "cuda:0", 10, ("78", 0, 4)),
        id(tail): ("storage", torch.cuda.FloatStorage, "77", "cuda:0", 10, ("79", 4, 6)),
    }
    content = collections.OrderedDict(all=Rebuilt(root, 0, (2, 5), (5, 1)), head=Rebuilt(head, 1, (3,), (1,)),
                                      tail=Rebuilt(tail, 0, (2, 3), (3, 1)))
    write_old("legacy_views.pth", content, ids, [("77", data)])
    note("legacy_views.pth", "legacy torch stream",
         {"all": data.view(2, 5), "head": data[1:4], "tail": data[4:].view(2, 3)})


def save_old_module():
    cell, storage = Cell(), Part()
    weight = Rebuilt(storage, 0, (2,), (1,))
    cell.__dict__ = {"_parameters": {"w": weight}}
    ids = {id(Cell): ("module", Cell, "cell.py", "class Cell(nn.Module):\n    pass\n"),
           id(storage): ("storage", torch.FloatStorage, "5", "cpu", 2, None)}
    write_old("legacy_module.pth", cell, ids, [("5", torch.tensor([1.0, 2.0]))])


def write_old(name, content, ids, storages):
    out = io.BytesIO()
    for value in (0x1950a86a20f9469cfc6c, 1001,
                  {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
        pickle.dump(value, out, 2)
    OldPickler(out, ids).dump(content)
    pickle.dump([key for key, _ in storages], out, 2)
    for _, data in storages:
        out.write(data.numel().to_bytes(8, "little") + data.numpy().tobytes())
    (FOLDER / name).write_bytes(out.getvalue())


def save_refused():
    quantized = torch.quantize_per_tensor(torch.arange(4.0), 0.5, 1, torch.qint8)
    values = {
        "quantized": (quantized, "quantized"),
        "sparse": (torch.eye(3).to_sparse(), "sparse"),
        "sparse_csr": (torch.eye(3).to_sparse_csr(), "sparse"),
        "nested": (torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]), "nested"),
        "jagged": (torch.nested.nested_tensor([torch.ones(1), torch.ones(2)], layout=torch.jagged), "nested"),
        "meta": (torch.empty(3, device="meta"), "meta"),
        "conjugated": (torch.ones(2, dtype=torch.complex64).conj(), "conjugated"),
        "negated": (torch.ones(2, dtype=torch.complex64).conj().imag, "negated"),
    }
    told = {}
    for name, (value, word) in values.items():
        try:
            torch.save({"w": value}, FOLDER / f"refused_{name}.pth")
            told[f"refused_{name}.pth"] = word
        except Exception as error:  # this version of PyTorch can't
            (FOLDER / f"refused_{name}.pth").unlink(missing_ok=True)
            print(name, error, file=sys.stderr)
    (FOLDER / "big_endian.npy.pkl").write_bytes(pickle.dumps({"w": np.arange(3, dtype=">f4")}, 4))
    (FOLDER / "objects.npy.pkl").write_bytes(pickle.dumps({"w": np.array(["a", None], dtype=object)}, 4))
    (FOLDER / "text.npy.pkl").write_bytes(pickle.dumps({"w": np.array(["a", "bc"])}, 4))
    told |= {"big_endian.npy.pkl": "big-endian", "objects.npy.pkl": "no type for", "text.npy.pkl": "no type for"}
    return told


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, content in (("dtypes", dtypes()), ("layouts", layouts()), ("kinds", kinds())):
        save_zip(f"zip_{name}.pth", content)
        save_legacy(f"legacy_{name}.pth", content)
    for protocol in range(2, 6):
        save_legacy(f"legacy_protocol{protocol}.pth", some(), protocol)
    for protocol in range(6):
        save_pickle(f"pickle_protocol{protocol}.pkl", some(), protocol)
        save_pickle(f"numpy_protocol{protocol}.pkl", arrays(), protocol, shares=True)
    save_zip("zip_numpy.pth", arrays())
    save_legacy("legacy_numpy.pth", arrays())
    # Byte strings that are large enough to stay in the file.
    large = np.arange(4200, dtype="f4")
    save_pickle("pickle_large.pkl", {"w": torch.arange(4200.0), "b": torch.ones(3), "n": large}, 4)
    save_pickle("numpy_large.pkl", {"n": large, "same": large, "r": large.reshape(42, 100).T}, 5, shares=False)

    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    rewrite_zip("zip_layouts.pth", "zip_first_layout.pth", lambda n: n in ("data.pkl", "version") or n[:5] == "data/",
                "archive", stored)
    rewrite_zip("zip_layouts.pth", "zip_bare.pth", lambda n: n == "data.pkl" or n[:5] == "data/", "w e.i-r_d", stored)
    rewrite_zip("zip_layouts.pth", "zip_deflated.pth", lambda n: True, "x", deflated)
    save_old_views()
    save_old_module()
    told = save_refused()
    scalars = {"f": np.float64(0.25), "i": np.int64(-7), "b": np.bool_(True), "u": np.uint8(200), "h": np.float32(1.5)}
    for protocol in (0, 2, 4, 5):
        (FOLDER / f"scalars_protocol{protocol}.pkl").write_bytes(pickle.dumps(scalars, protocol))
    text = json.dumps({"files": EXPECTED, "refused": told, "torch": torch.__version__, "numpy": np.__version__},
                      separators=(",", ":"))
    (FOLDER / "expected.json").write_text(text)
    print(sum(f.stat().st_size for f in FOLDER.iterdir()), "bytes")


if __name__ == "__main__":
    main()
