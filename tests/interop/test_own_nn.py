"""Sconce's own torch.nn against PyTorch's: the same arguments, the same state, the same results."""

import pathlib
import sys

import pytest
import torch

import own_nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "data"))
import nn_cases  # noqa: E402

torch.set_num_threads(1)
torch.set_grad_enabled(False)

# What only training, PyTorch's own bookkeeping or its conversion to TorchScript needs.
NOT_FOR_SERVING = {
    "_flat_weights",
    "_flat_weight_refs",
    "_flat_weights_names",
    "activation_relu_or_gelu",
    "use_nested_tensor",
}


def fill(module):
    """Weights and statistics from a fixed seed."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype) * 0.4)
            if name.endswith("running_var"):
                tensor.abs_().add_(0.5)
    return module


def own_class(real):
    """The class of our own that a file which names the real one gets."""
    if not real.__module__.startswith("torch.nn."):
        return real
    module = __import__(own_nn.ROOT + real.__module__[len("torch.nn") :], fromlist=["_"])
    return getattr(module, real.__name__)


def as_unpickled(real, lacking=()):
    """Our own object with the attributes of a real one, no constructor having run."""
    own = own_class(type(real)).__new__(own_class(type(real)))
    own.__dict__.update({key: value for key, value in real.__dict__.items() if key not in lacking})
    own.__dict__["_modules"] = {
        name: child if child is None else as_unpickled(child, lacking)
        for name, child in real._modules.items()
    }
    return own


def same(own, real):
    if isinstance(real, (tuple, list)):
        assert len(own) == len(real)
        for one, other in zip(own, real):
            same(one, other)
    elif isinstance(real, torch.Tensor):
        wide = real.dtype == torch.float64
        assert own.shape == real.shape
        torch.testing.assert_close(
            own, real, rtol=1e-9 if wide else 1e-5, atol=1e-9 if wide else 2e-6, equal_nan=True
        )
    else:
        assert own == real


def plain_attributes(module):
    kept = {}
    for key, value in module.__dict__.items():
        if key not in NOT_FOR_SERVING and not key.startswith(
            ("_forward", "_backward", "_state", "_load", "_non", "_is")
        ):
            kept[key] = value
    return kept


def same_attributes(own, real):
    mine, theirs = plain_attributes(own), plain_attributes(real)
    assert set(mine) == set(theirs)
    for key, value in theirs.items():
        if isinstance(value, (int, float, str, tuple, list)) and not key.startswith("_"):
            assert mine[key] == value, key
    for group in ("_parameters", "_buffers", "_modules"):
        assert list(getattr(own, group)) == list(getattr(real, group))
    for child in real._modules:
        if real._modules[child] is not None:
            same_attributes(own._modules[child], real._modules[child])


def names(cases):
    return [f"{i:03}-{case.name}" for i, case in enumerate(cases)]


@pytest.mark.parametrize("case", nn_cases.CASES, ids=names(nn_cases.CASES))
def test_layer(case):
    real = nn_cases.built(case, torch.nn).eval()
    own = nn_cases.built(case, own_nn.nn).eval()
    wide = any(getattr(one, "dtype", None) == "float64" for one in case.inputs)
    if wide:
        real, own = real.double(), own.double()
    assert list(own.state_dict()) == list(real.state_dict())
    same_attributes(own, real)
    fill(real)
    own.load_state_dict(real.state_dict(), strict=True)
    real.load_state_dict(own.state_dict(), strict=True)

    inputs, more = nn_cases.tensors(case, torch)
    expected = real(*inputs, **more)
    for candidate in (own, as_unpickled(real)):
        inputs_again, more_again = nn_cases.tensors(case, torch)
        same(candidate(*inputs_again, **more_again), expected)
        same(inputs_again, inputs)  # what is changed in place is changed alike
