"""Networks that other people published, as they published them: their weights and their source files, through gRPC."""

import inspect
import shutil
from pathlib import Path

import facenet_pytorch
import numpy as np
import pytest
import torch
import torchvision

import daemon as daemon_module
import wire

pytestmark = pytest.mark.filterwarnings("ignore")
VISION = Path(torchvision.__file__).parent
FACENET = Path(facenet_pytorch.__file__).parent
SHARED = ["models/_api.py", "models/_utils.py", "ops/misc.py", "ops/stochastic_depth.py"]
# Function of torchvision.models: its file, and the size of the image.
NETWORKS = {
    "alexnet": ("alexnet", 80), "vgg11_bn": ("vgg", 48), "resnet18": ("resnet", 64), "resnet50": ("resnet", 64),
    "wide_resnet50_2": ("resnet", 64), "resnext50_32x4d": ("resnet", 64), "squeezenet1_1": ("squeezenet", 64),
    "densenet121": ("densenet", 64), "mobilenet_v2": ("mobilenetv2", 64), "mobilenet_v3_small": ("mobilenetv3", 64),
    "googlenet": ("googlenet", 64), "shufflenet_v2_x1_0": ("shufflenetv2", 64), "efficientnet_b0": ("efficientnet", 64),
    "mnasnet1_0": ("mnasnet", 64), "regnet_y_400mf": ("regnet", 64), "convnext_tiny": ("convnext", 64),
    "vit_b_16": ("vision_transformer", 224), "swin_t": ("swin_transformer", 64), "inception_v3": ("inception", 96)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def client(folder, tmp_path_factory):
    started = daemon_module.Daemon(tmp_path_factory.mktemp("log") / "sconced.log", models=folder)
    started.wait_ready()
    client = wire.Client(started.grpc)
    yield client
    client.close()
    started.stop()


def sources(folder, root, files):
    """Copies of published files, under their own paths."""
    for name in files:
        (folder / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / "src" / name)
    return [f"src/{name}" for name in files]


def agrees(client, name, real, x, input_name, **load):
    real.eval()
    client.load(name, **load)
    with torch.no_grad():
        expected = real(torch.from_numpy(x))
    expected = expected if isinstance(expected, (tuple, list)) else [expected]
    given = list(client.infer(name, {input_name: x}).values())
    client.unload(name)
    assert len(given) == len(expected)
    for one, other in zip(given, expected):
        other = other.numpy()
        assert np.abs(one - other).max() <= 1e-5 * max(1.0, np.abs(other).max())


@pytest.mark.parametrize("name", NETWORKS)
def test_torchvision(client, folder, name):
    file, size = NETWORKS[name]
    torch.manual_seed(3)
    real = getattr(torchvision.models, name)(weights=None)
    torch.save(real.state_dict(), folder / f"{name}.pth")
    x = np.random.default_rng(0).random((2, 3, size, size), np.float32)
    agrees(client, name, real, x, next(iter(inspect.signature(real.forward).parameters)), path=f"{name}.pth",
           source=sources(folder, VISION, [f"models/{file}.py", *SHARED]), class_name=name)
    (folder / f"{name}.pth").unlink()


@pytest.mark.parametrize("name", ["PNet", "RNet", "ONet"])
def test_facenet_with_its_own_weights(client, folder, name):
    shutil.copy(FACENET / "data" / f"{name.lower()}.pt", folder / f"{name}.weights")
    real = getattr(facenet_pytorch.models.mtcnn, name)(pretrained=True)
    size = {"PNet": 40, "RNet": 24, "ONet": 48}[name]
    x = np.random.default_rng(1).random((2, 3, size, size), np.float32)
    agrees(client, name.lower(), real, x, "x", path=f"{name}.weights", init='{"pretrained": false}',
           source=sources(folder, FACENET, ["models/mtcnn.py"]), class_name=name)


def test_facenet_recognition(client, folder):
    torch.manual_seed(5)
    real = facenet_pytorch.InceptionResnetV1(pretrained=None)
    torch.save({k: v for k, v in real.state_dict().items()}, folder / "face.pth")
    x = np.random.default_rng(2).random((1, 3, 160, 160), np.float32)
    agrees(client, "face", real, x, "x", path="face.pth",
           source=sources(folder, FACENET, ["models/inception_resnet_v1.py"]))
