"""Every kind of argument and of output, against PyTorch running the same scripted module."""

from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn


class Numbers(nn.Module):
    def forward(self, x: Tensor, times: int, plus: float, negate: bool):
        y = x * times + plus
        return -y if negate else y


class Words(nn.Module):
    def forward(self, x: Tensor, word: str, words: List[str]) -> Tuple[Tensor, str, List[str]]:
        return x * len(word), word + "!", [w + "?" for w in words]


class Defaults(nn.Module):
    def forward(self, x: Tensor, mask: Optional[Tensor] = None, scale: float = 0.5, shift: int = 3, on: bool = True,
                name: str = "abc", sizes: Optional[List[int]] = None, bias: Optional[float] = None):
        y = x * scale + shift + len(name)
        if sizes is not None:
            y = y * sizes[0]
        if mask is not None:
            y = y * mask
        if bias is not None:
            y = y + bias
        return y if on else -y


class Lists(nn.Module):
    def forward(self, xs: List[Tensor], sizes: List[int], weights: List[float], flags: List[bool]):
        total = torch.zeros_like(xs[0])
        for i, x in enumerate(xs):
            total = total + x * weights[i] * sizes[i]
            if flags[i]:
                total = total + 1
        return total


class Tuples(nn.Module):
    def forward(self, pair: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
        a, b = pair
        return b - a, a * b


class Dicts(nn.Module):
    def forward(self, d: Dict[str, Tensor]) -> Dict[str, Tensor]:
        return {"sum": d["left"] + d["right"], "difference": d["left"] - d["right"]}


class Detection(NamedTuple):
    boxes: Tensor
    scores: Tensor


class Named(nn.Module):
    def forward(self, x: Tensor) -> Detection:
        return Detection(boxes=x * 2, scores=x.sum(dim=1))


class Nested(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tuple[Tensor, List[Tensor]], Dict[str, Tensor]]:
        return x, (x + 1, [x + 2, x + 3]), {"k": x + 4}


class Scalars(nn.Module):
    def forward(self, x: Tensor) -> Tuple[int, float, bool, str, Tensor]:
        return x.size(0), float(x.sum()), bool(x.sum() > 0), "rows", x.mean()


class Control(nn.Module):
    def forward(self, x: Tensor):
        if x.sum() > 0:
            for _ in range(int(x.size(0))):
                x = x * 2
        else:
            x = -x
        return x


class Empty(nn.Module):
    def forward(self, x: Tensor):
        return x[:0], torch.cat([x, x], 0), x.sum()


MODULES = {"numbers": Numbers(), "words": Words(), "defaults": Defaults(), "lists": Lists(), "tuples": Tuples(),
           "dicts": Dicts(), "named": Named(), "nested": Nested(), "scalars": Scalars(), "control": Control(),
           "empty": Empty()}
X = np.arange(6, dtype=np.float32).reshape(2, 3) / 4
Y = X[::-1].copy() + 1


@pytest.fixture(scope="module")
def client(serve, triton_of):
    return triton_of(serve(MODULES))


def one(value, dtype):
    return np.array([value], dtype)


def text(*words):
    return np.array([word.encode() for word in words], dtype=object)


def flat(value):
    """What PyTorch returned, flattened in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        if value and all(isinstance(v, str) for v in value) and isinstance(value, list):
            return [np.array(value, dtype=object)]
        return [leaf for child in value for leaf in flat(child)]
    return [value.numpy() if isinstance(value, Tensor) else np.array(value)]


def same(got, expected):
    if got.dtype == object:
        decoded = [e.decode() for e in got.reshape(-1)]
        return decoded == [str(e) for e in expected.reshape(-1)]
    return got.size == expected.size and np.allclose(
        got.reshape(-1).astype(np.float64), expected.reshape(-1).astype(np.float64), rtol=1e-6, atol=1e-6)


CASES = [
    ("numbers", {"x": X, "times": one(3, np.int64), "plus": one(0.25, np.float64), "negate": one(True, np.bool_)},
     (torch.from_numpy(X), 3, 0.25, True)),
    ("numbers", {"x": X, "times": one(3, np.int8), "plus": one(0.25, np.float32), "negate": one(False, np.bool_)},
     (torch.from_numpy(X), 3, 0.25, False)),
    ("words", {"x": X, "word": text("héllo"), "words": text("a", "", "ccc")},
     (torch.from_numpy(X), "héllo", ["a", "", "ccc"])),
    ("defaults", {"x": X}, (torch.from_numpy(X),)),
    ("defaults", {"x": X, "mask": Y, "on": one(False, np.bool_), "bias": one(1.5, np.float64)},
     (torch.from_numpy(X), torch.from_numpy(Y), 0.5, 3, False, "abc", [1, 2], 1.5)),
    ("defaults", {"x": X, "scale": one(2.0, np.float64), "sizes": np.array([7, 8], np.int64), "name": text("z")},
     (torch.from_numpy(X), None, 2.0, 3, True, "z", [7, 8])),
    ("lists", {"xs.0": X, "xs.1": Y, "sizes": np.array([1, 2], np.int64), "weights": np.array([0.5, 2.0]),
               "flags": np.array([True, False])},
     ([torch.from_numpy(X), torch.from_numpy(Y)], [1, 2], [0.5, 2.0], [True, False])),
    ("tuples", {"pair.0": X, "pair.1": Y}, ((torch.from_numpy(X), torch.from_numpy(Y)),)),
    ("dicts", {"d.left": X, "d.right": Y}, ({"left": torch.from_numpy(X), "right": torch.from_numpy(Y)},)),
    ("named", {"x": X}, (torch.from_numpy(X),)),
    ("nested", {"x": X}, (torch.from_numpy(X),)),
    ("scalars", {"x": X}, (torch.from_numpy(X),)),
    ("control", {"x": X}, (torch.from_numpy(X),)),
    ("control", {"x": -X}, (torch.from_numpy(-X),)),
    ("empty", {"x": X}, (torch.from_numpy(X),)),
    ("empty", {"x": X[:0]}, (torch.from_numpy(X[:0]),)),
    ("empty", {"x": np.zeros((2, 0, 3), np.float32)}, (torch.zeros(2, 0, 3),)),
]


@pytest.mark.parametrize("model, inputs, arguments", CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_agrees_with_pytorch(client, infer, model, inputs, arguments):
    expected = flat(torch.jit.script(MODULES[model])(*arguments))
    got = infer(client, model, inputs)
    assert len(got) == len(expected), list(got)
    for (name, array), want in zip(got.items(), expected):
        assert same(array, want), (name, array, want)


@pytest.mark.parametrize("model, names", [
    ("numbers", ["output"]), ("tuples", ["output_0", "output_1"]), ("dicts", ["sum", "difference"]),
    ("named", ["boxes", "scores"])])
def test_outputs_are_named_as_the_model_names_them(client, infer, model, names):
    inputs = next(case[1] for case in CASES if case[0] == model)
    assert list(infer(client, model, inputs)) == names


def test_shapes_of_zero_size_tensors_come_back(client, infer):
    got = list(infer(client, "empty", {"x": np.zeros((2, 0, 3), np.float32)}).values())
    assert [array.shape for array in got[:2]] == [(0, 0, 3), (4, 0, 3)]


def test_inputs_are_taken_by_position_too(client, infer):
    inputs = {"INPUT__0": X, "INPUT__1": one(2, np.int64), "INPUT__2": one(0.0, np.float64),
              "INPUT__3": one(False, np.bool_)}
    assert np.allclose(infer(client, "numbers", inputs)["output"], X * 2)


def test_order_of_inputs_does_not_matter(client, infer):
    inputs = dict(reversed(list(CASES[0][1].items())))
    assert np.allclose(infer(client, "numbers", inputs)["output"], -(X * 3 + 0.25))
