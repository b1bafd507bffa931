"""Real torchvision networks, scripted and traced, against PyTorch running them."""

import numpy as np
import pytest
import torch
import torchvision

NETWORKS = {"resnet18": torchvision.models.resnet18, "mobilenet_v3_small": torchvision.models.mobilenet_v3_small}
# Random weights make large activations: the tolerance is relative as well.
ATOL = RTOL = 1e-5


def network(name):
    torch.manual_seed(11)
    model = NETWORKS[name](weights=None)
    with torch.no_grad():  # BatchNorm statistics as after some training, so that folding them matters
        for _ in range(2):
            model.train()(torch.rand(4, 3, 64, 64))
    return model.eval()


@pytest.fixture(scope="module")
def networks():
    return {name: network(name) for name in NETWORKS}


@pytest.fixture(scope="module")
def client(serve, triton_of, networks):
    modules = {}
    for name, model in networks.items():
        modules[name + "_scripted"] = torch.jit.script(model)
        modules[name + "_traced"] = torch.jit.trace(model, torch.rand(1, 3, 64, 64))
    return triton_of(serve(modules))


@pytest.mark.parametrize("kind", ["scripted", "traced"])
@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("batch, size", [(1, 64), (3, 64), (2, 96)])
def test_agrees_with_pytorch(client, infer, networks, name, kind, batch, size):
    x = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(batch * size))
    with torch.inference_mode():
        expected = networks[name](x).numpy()
    (got,) = infer(client, f"{name}_{kind}", {client_input(client, f"{name}_{kind}"): x.numpy()}).values()
    assert got.shape == expected.shape
    assert np.allclose(got, expected, atol=ATOL, rtol=RTOL), np.abs(got - expected).max()


def client_input(client, model):
    (tensor,) = client.get_model_metadata(model).inputs
    return tensor.name
