"""torch.save(model): the file has the structure, Sconce's torch.nn the code, and source files that of other classes."""

import argparse
import functools
import shutil
from pathlib import Path

import grpc
import numpy as np
import pytest
import torch
import torch.nn as nn
import torchvision

import whole_models
from test_source_published import SHARED, VISION, agrees, client, folder, sources  # noqa: F401
from whole_models import Kind, Net, Renewed, Tied

pytestmark = pytest.mark.filterwarnings("ignore")
SOURCE = Path(whole_models.__file__)


def sequential():
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding="same", padding_mode="reflect"), nn.BatchNorm2d(4), nn.GELU(),
                         nn.Dropout(0.5), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 8), nn.Hardswish(),
                         nn.Sequential(nn.Linear(8, 3), nn.LogSoftmax(dim=-1)))


def transformer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
    return nn.Sequential(nn.Linear(4, 8), nn.TransformerEncoder(layer, 2), nn.LayerNorm(8))


def normed():
    return nn.Sequential(nn.utils.weight_norm(nn.Conv1d(3, 4, 3)), nn.ReLU(), nn.utils.spectral_norm(nn.Conv1d(4, 2, 1)))


# Models that need no source: how to make one, and the shape of its input.
LAYERS = {"sequential": (sequential, (2, 1, 6, 6)), "transformer": (transformer, (2, 5, 4)), "normed": (normed, (2, 3, 9)),
          "linear": (lambda: nn.Linear(3, 2), (5, 3)), "wrapped": (lambda: nn.DataParallel(nn.Linear(3, 2)), (5, 3)),
          "double": (lambda: nn.Sequential(nn.Linear(3, 2), nn.Softplus()).double(), (5, 3))}


@pytest.mark.parametrize("container", ["zip", "legacy", "protocol 4"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_of_torch_need_no_source(client, folder, name, container):  # noqa: F811
    make, shape = LAYERS[name]
    torch.manual_seed(5)
    model = make().train()
    torch.save(model, folder / "layers.pth", _use_new_zipfile_serialization=container != "legacy",
               pickle_protocol=4 if container == "protocol 4" else 2)
    x = np.random.default_rng(1).random(shape).astype(np.float64 if name == "double" else np.float32)
    inner = model.module if name == "wrapped" else model
    agrees(client, "layers", inner, x, "input", path="layers.pth")


def save_with_source(folder, model):  # noqa: F811
    """As a script does that was run itself, or as one that imported its classes."""
    torch.save(model, folder / "whole.pth")
    shutil.copy(SOURCE, folder / "classes.py")
    return {"path": "whole.pth", "source": ["classes.py"]}


@pytest.mark.parametrize("model", [
    Net(), Net(width=4, depth=3, kind=Kind.MEAN), Net(last=functools.partial(whole_models.scaled, factor=-1.5)),
    Net(options=argparse.Namespace(norm=False)), Tied()], ids=["plain", "arguments", "partial", "namespace", "tied"])
def test_what_init_was_given_is_in_the_file(client, folder, model):  # noqa: F811
    width = model.first.in_features if isinstance(model, Tied) else model.head.in_features
    x = np.random.default_rng(2).standard_normal((6, width)).astype(np.float32)
    agrees(client, "whole", model, x, "x", **save_with_source(folder, model))


def test_the_stored_structure_wins_and_the_difference_is_told(client, folder):  # noqa: F811
    model = Net()
    model.head = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
    model.blocks.append(whole_models.Block(8))
    load = save_with_source(folder, model)
    x = np.ones((2, 8), np.float32)
    agrees(client, "whole", model, x, "x", **load)
    loaded = client.load("whole", **load)
    notes = " ".join(client.get("whole").notes)
    client.unload("whole")
    assert loaded.format == "pickled model"
    assert "the file was followed" in notes and "head.weight is missing" in notes and "blocks.2.fc.bias" in notes


def test_classes_renew_objects_out_of_old_files(client, folder):  # noqa: F811
    model = Renewed()
    load = save_with_source(folder, model)
    model.gain = 3.0
    agrees(client, "whole", model, np.ones((2, 4), np.float32), "x", **load)


def refusal(client, **load):  # noqa: F811
    with pytest.raises(grpc.RpcError) as refused:
        client.load("bad", **load)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    return refused.value.details()


def test_a_class_without_its_source_is_named(client, folder):  # noqa: F811
    save_with_source(folder, Net())
    assert "class Net (module whole_models)" in refusal(client, path="whole.pth")
    (folder / "other.py").write_text("import torch.nn as nn\nclass Net:\n  pass\n")
    assert "no subclass of torch.nn.Module" in refusal(client, path="whole.pth", source=["other.py"])


def test_hooks_in_the_file_run(client, folder):  # noqa: F811
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    model[0].register_forward_hook(whole_models.doubled)
    model.register_forward_hook(whole_models.doubled)
    load = save_with_source(folder, model)
    agrees(client, "hooked", model, np.ones((2, 3), np.float32), "input", **load)
    assert "whole_models.doubled" in refusal(client, path="whole.pth")


def test_what_failed_once_is_not_served_in_part(client, folder):  # noqa: F811
    """A layer whose hook has no code is met first among plain attributes, where errors wait until somebody needs them."""
    inner = nn.Linear(2, 2)
    inner.register_forward_hook(whole_models.doubled)
    first = nn.Linear(3, 2)
    first.ref, first.use_hooks = [inner], True
    torch.save(nn.Sequential(first, inner), folder / "shared.pth")
    assert "whole_models.doubled" in refusal(client, path="shared.pth")


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_what_the_file_holds_besides_does_no_harm(client, folder):  # noqa: F811
    """Objects that know their owner, calls that pickle would make, and objects of classes nobody has."""
    model = nn.Sequential(nn.Linear(3, 2))
    model.owners, model[0].owners = [model], {"all": (model, model[0])}
    model.evil = Evil(folder / "touched")
    model.lock = {"nested": [Evil(folder / "touched")], "array": np.float32(3)}
    torch.save(model, folder / "odd.pth")
    agrees(client, "odd", model, np.ones((2, 3), np.float32), "input", path="odd.pth")
    assert not (folder / "touched").exists()


def test_endless_files_are_refused(client, folder):  # noqa: F811
    loop = nn.Sequential(nn.Linear(3, 2))
    loop.add_module("loop", loop)
    torch.save(loop, folder / "loop.pth")
    with pytest.raises(grpc.RpcError) as endless:
        client.load("bad", path="loop.pth")
    assert "without end" in endless.value.details()
    huge = nn.Linear(3, 2)
    huge.weight = nn.Parameter(torch.zeros(1).expand(1 << 20, 1 << 22))
    torch.save(huge, folder / "huge.pth")
    with pytest.raises(grpc.RpcError) as large:
        client.load("bad", path="huge.pth")
    assert "but its storage" in large.value.details()


# Function of torchvision.models: its file, and the size of the image.
PUBLISHED = {"resnet18": ("resnet", 64), "mobilenet_v3_small": ("mobilenetv3", 64), "densenet121": ("densenet", 64),
             "googlenet": ("googlenet", 64), "swin_t": ("swin_transformer", 64)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_fine_tuned(client, folder, name):  # noqa: F811
    """With another head than the source makes, as people fine-tune them."""
    file, size = PUBLISHED[name]
    torch.manual_seed(4)
    real = getattr(torchvision.models, name)(weights=None)
    for head in ("fc", "classifier", "head"):
        if isinstance(getattr(real, head, None), nn.Linear):
            setattr(real, head, nn.Linear(getattr(real, head).in_features, 7))
    torch.save({"epoch": 3, "model": real}, folder / "tuned.pth")
    x = np.random.default_rng(0).random((2, 3, size, size), np.float32)
    agrees(client, name, real, x, "x", path="tuned.pth",
           source=sources(folder, VISION, [f"models/{file}.py", *SHARED]))
