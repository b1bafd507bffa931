"""Sconce's own torch.nn against PyTorch's: the same arguments, the same state, the same results."""

import collections
import inspect
import pathlib
import sys
import types

import pytest
import torch

import layer_table
import own_nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "data"))
import nn_cases  # noqa: E402
import nn_function_cases  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


# What only training, PyTorch's own bookkeeping or its conversion to TorchScript needs.
NOT_FOR_SERVING = {
    "_flat_weights",
    "_flat_weight_refs",
    "_flat_weights_names",
    "activation_relu_or_gelu",
    "use_nested_tensor",
}


# Functions for quantized training, and one that checks arguments.
NOT_SERVED = {
    "assert_int_or_pair",
    "grouped_mm",
    "linear_cross_entropy",
    "scaled_addmm",
    "scaled_addmm_",
    "scaled_grouped_mm",
    "scaled_mm",
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


# Arguments that PyTorch refuses, and with what.
REFUSED = [
    ("Bilinear", (0, 2, 3), {}),
    ("Conv2d", (4, 6, 3), {"groups": 0}),
    ("Conv2d", (4, 6, 3), {"groups": 3}),
    ("Conv2d", (6, 4, 3), {"groups": 3}),
    ("Conv2d", (4, 6, 3), {"padding": "some"}),
    ("Conv1d", (4, 6, 3), {"padding": "same", "stride": 2}),
    ("Conv3d", (4, 6, 3), {"padding_mode": "ones"}),
    ("ConvTranspose2d", (4, 6, 3), {"padding_mode": "reflect"}),
    ("Dropout", (1.5,), {}),
    ("Dropout2d", (-0.1,), {}),
    ("Hardtanh", (2.0, 1.0), {}),
    ("GroupNorm", (4, 6), {}),
    ("Embedding", (10, 3), {"padding_idx": 10}),
    ("Embedding", (10, 3), {"padding_idx": -11}),
    ("EmbeddingBag", (10, 3), {"padding_idx": 10}),
    ("MultiheadAttention", (8, 3), {}),
    ("MultiheadAttention", (0, 1), {}),
    ("RNN", (3, 4), {"nonlinearity": "sigmoid"}),
    ("LSTM", (0, 4), {}),
    ("LSTM", (3, 0), {}),
    ("LSTM", (3, 4), {"num_layers": 0}),
    ("LSTM", (3, 4), {"dropout": 2.0}),
    ("LSTM", (3, 4), {"proj_size": 4}),
    ("LSTM", (3, 4), {"proj_size": -1}),
    ("LPPool2d", (0, 2), {}),
    ("FractionalMaxPool2d", (2,), {}),
    ("FractionalMaxPool2d", (2,), {"output_ratio": 1.5}),
    ("FractionalMaxPool3d", (2,), {"output_ratio": 0.5, "output_size": 3}),
    ("Unflatten", (1, 6), {}),
    ("TransformerEncoderLayer", (8, 2), {"activation": "tanh"}),
    ("TripletMarginLoss", (-1.0,), {}),
    ("MultiMarginLoss", (3,), {}),
    ("AdaptiveLogSoftmaxWithLoss", (8, 20, []), {}),
    ("AdaptiveLogSoftmaxWithLoss", (8, 20, [5, 3]), {}),
]


@pytest.mark.parametrize(
    "name, args, more", REFUSED, ids=[f"{i:02}-{one[0]}" for i, one in enumerate(REFUSED)]
)
def test_refused_arguments(name, args, more):
    with pytest.raises(Exception) as real:
        getattr(torch.nn, name)(*args, **more)
    with pytest.raises(real.type):
        getattr(own_nn.nn, name)(*args, **more)


# The attributes that older files lack, and a layer that must serve without them.
LACKING = [
    (("Conv2d", 4, 6, 3), ("padding_mode", "_reversed_padding_repeated_twice"), (2, 4, 5, 5)),
    (("BatchNorm2d", 4), ("track_running_stats", "affine"), (2, 4, 5, 5)),
    (("GELU",), ("approximate",), (2, 3)),
    (("Softmax",), ("dim",), (2, 3)),
    (("ReLU",), ("inplace",), (2, 3)),
    (("Flatten",), ("start_dim", "end_dim"), (2, 3, 4)),
    (("MaxPool2d", 2), ("return_indices", "ceil_mode"), (2, 3, 4, 4)),
    (("AvgPool2d", 2), ("divisor_override", "count_include_pad", "ceil_mode"), (2, 3, 4, 4)),
    (("Upsample", None, 1.7), ("recompute_scale_factor", "align_corners"), (2, 3, 5, 4)),
    (("LSTM", 4, 5, 2), ("proj_size", "_flat_weights", "_flat_weights_names", "_all_weights"), (3, 2, 4)),
    (("GRU", 4, 5), ("proj_size", "_flat_weights", "_flat_weight_refs", "_flat_weights_names"), (3, 2, 4)),
    (
        ("TransformerEncoderLayer", 8, 2, 12),
        ("activation", "norm_first", "batch_first", "_qkv_same_embed_dim", "activation_relu_or_gelu"),
        (3, 2, 8),
    ),
    (("ZeroPad2d", 2), ("value",), (2, 3, 4, 4)),
]


@pytest.mark.parametrize("spec, lacking, shape", LACKING, ids=[one[0][0] for one in LACKING])
def test_older_files(spec, lacking, shape):
    real = fill(getattr(torch.nn, spec[0])(*spec[1:]).eval())
    x = torch.randn(shape, generator=torch.Generator().manual_seed(5))
    expected = real(x)
    if spec[0] == "Upsample":  # as the version before computed it
        expected = torch.nn.functional.interpolate(x, scale_factor=1.7, recompute_scale_factor=True)
    same(as_unpickled(real, lacking)(x), expected)


def normed(nn, how):
    """A layer with a normed weight, by PyTorch or of our own."""
    utils = nn.utils
    ways = {
        "old weight norm": lambda: utils.weight_norm(nn.Linear(4, 6)),
        "old weight norm, all of it": lambda: utils.weight_norm(nn.Conv1d(4, 6, 3), dim=None),
        "old weight norm, dim 1": lambda: utils.weight_norm(nn.ConvTranspose1d(4, 6, 3), "weight", 1),
        "old weight norm, recurrent": lambda: utils.weight_norm(nn.LSTM(4, 5), "weight_hh_l0"),
        "old spectral norm": lambda: utils.spectral_norm(nn.Conv2d(4, 6, 3)),
        "old spectral norm, transposed": lambda: utils.spectral_norm(nn.ConvTranspose2d(4, 6, 3)),
        "weight norm": lambda: utils.parametrizations.weight_norm(nn.Conv1d(4, 6, 3)),
        "weight norm, dim 1": lambda: utils.parametrizations.weight_norm(nn.Linear(4, 6), dim=1),
        "weight norm, recurrent": lambda: utils.parametrizations.weight_norm(nn.GRU(4, 5), "weight_ih_l0"),
        "spectral norm": lambda: utils.parametrizations.spectral_norm(nn.Conv2d(4, 6, 3)),
        "spectral norm, transposed": lambda: utils.parametrizations.spectral_norm(
            nn.ConvTranspose2d(4, 6, 3)
        ),
        "spectral norm of a vector": lambda: utils.parametrizations.spectral_norm(nn.Linear(4, 6), "bias"),
        "orthogonal": lambda: utils.parametrizations.orthogonal(nn.Linear(4, 6)),
        "orthogonal, wide": lambda: utils.parametrizations.orthogonal(nn.Linear(4, 3)),
        "orthogonal, square": lambda: utils.parametrizations.orthogonal(nn.Linear(4, 4)),
        "orthogonal, cayley": lambda: utils.parametrizations.orthogonal(
            nn.Linear(4, 6), orthogonal_map="cayley"
        ),
        "orthogonal, plain": lambda: utils.parametrizations.orthogonal(
            nn.Linear(4, 6), orthogonal_map="householder", use_trivialization=False
        ),
        "parametrized": lambda: registered(nn, nn.Linear(4, 6)),
    }
    return ways[how]() if how else list(ways)


def registered(nn, layer):
    nn.utils.parametrize.register_parametrization(layer, "weight", nn.Softplus(), unsafe=True)
    nn.utils.parametrize.register_parametrization(layer, "weight", nn.Tanh(), unsafe=True)
    return layer


@pytest.mark.parametrize("how", normed(torch.nn, None))
def test_normed(how):
    real, own = normed(torch.nn, how).eval(), normed(own_nn.nn, how).eval()
    assert list(own.state_dict()) == list(real.state_dict())
    fill(real)
    own.load_state_dict(real.state_dict(), strict=True)
    kind = type(own).__name__
    shape = (2, 4, 5, 5) if kind.endswith("2d") else (2, 4, 5) if kind.endswith("1d") else (3, 2, 4)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(5))
    expected = real(x)
    same(own(x), expected)
    remove(torch.nn, real, how)
    remove(own_nn.nn, own, how)
    assert list(own.state_dict()) == list(real.state_dict())
    same(own(x), expected)


@pytest.mark.parametrize("how", [one for one in normed(torch.nn, None) if one.startswith("old")])
def test_normed_out_of_a_file(how):
    real = fill(normed(torch.nn, how).eval())
    kind = type(real).__name__
    shape = (2, 4, 5, 5) if kind.endswith("2d") else (2, 4, 5) if kind.endswith("1d") else (3, 2, 4)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(5))
    own = as_unpickled(real)
    own.__dict__["_forward_pre_hooks"] = collections.OrderedDict()
    own_nn.nn.utils.adopt_hooks(own, [own_hook(one) for one in real._forward_pre_hooks.values()])
    same(own(x), real(x))


def own_hook(real):
    hook = own_class(type(real)).__new__(own_class(type(real)))
    hook.__dict__.update(real.__dict__)
    return hook


def remove(nn, layer, how):
    name = {"LSTM": "weight_hh_l0", "ParametrizedGRU": "weight_ih_l0", "GRU": "weight_ih_l0"}.get(
        type(layer).__name__, "bias" if "vector" in how else "weight"
    )
    if how.startswith("old weight"):
        nn.utils.remove_weight_norm(layer, name)
    elif how.startswith("old spectral"):
        nn.utils.remove_spectral_norm(layer, name)
    else:
        nn.utils.parametrize.remove_parametrizations(layer, name)


def test_containers():
    for nn in (torch.nn, own_nn.nn):
        layers = [nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2), nn.Tanh()]
        chain = nn.Sequential(*layers)
        assert len(chain) == 4 and chain[1] is layers[1] and chain[-1] is layers[3]
        assert (
            list(chain) == layers
            and list(chain[1:3]) == layers[1:3]
            and list(chain[::2]._modules) == ["0", "2"]
        )
        assert list((chain + chain[:1])._modules) == ["0", "1", "2", "3", "4"]
        chain.insert(1, nn.GELU())
        chain.append(nn.Identity())
        chain.extend(nn.Sequential(nn.SiLU()))
        chain[0] = nn.Identity()
        del chain[2]
        assert [type(one).__name__ for one in chain] == [
            "Identity",
            "GELU",
            "Linear",
            "Tanh",
            "Identity",
            "SiLU",
        ]
        assert list(chain._modules) == [str(i) for i in range(6)]
        assert type(chain.pop(-1)).__name__ == "SiLU" and len(chain) == 5
        with pytest.raises(IndexError):
            chain[9]
        named = nn.Sequential(collections.OrderedDict([("a", layers[0]), ("b", layers[1])]))
        assert (
            list(named._modules) == ["a", "b"] and list(named[1:]._modules) == ["b"] and named.a is named[0]
        )

        listed = nn.ModuleList(layers[:2])
        listed += [layers[2]]
        listed.insert(0, layers[3])
        assert list(listed) == [layers[3]] + layers[:3] and listed[-1] is layers[2] and len(listed[1:]) == 3
        assert list(listed + [layers[3]])[-1] is layers[3] and [i for i, _ in enumerate(listed)] == [
            0,
            1,
            2,
            3,
        ]

        table = nn.ModuleDict({"one": layers[0], "two": layers[1]})
        table["three"] = layers[2]
        table.update([("four", layers[3])])
        assert list(table) == ["one", "two", "three", "four"] == list(table.keys()) and "two" in table
        assert table.pop("two") is layers[1] and len(table) == 3 and list(table.values())[0] is layers[0]
        assert [key for key, _ in table.items()] == ["one", "three", "four"]

        numbers = nn.ParameterList([torch.ones(2), torch.zeros(3)])
        numbers.append(torch.ones(1))
        assert len(numbers) == 3 and numbers[-1].shape == (1,) and len(list(numbers)) == 3
        assert list(numbers.state_dict()) == ["0", "1", "2"] and len(numbers[1:]) == 2

        words = nn.ParameterDict({"b": torch.ones(2), "a": torch.zeros(3)})
        words["c"] = nn.Parameter(torch.ones(1))
        assert list(words.keys()) == ["a", "b", "c"] and "a" in words and words["b"].shape == (2,)
        assert list(words.state_dict()) == ["a", "b", "c"] and len(list(words.items())) == 3


def test_parallel_wrappers():
    real = fill(torch.nn.DataParallel(torch.nn.Linear(3, 2)))
    own = own_nn.nn.DataParallel(own_nn.nn.Linear(3, 2))
    own.load_state_dict(real.state_dict(), strict=True)
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(5))
    same(own(x), real(x))
    same(as_unpickled(real)(x), real(x))
    same(own_nn.nn.parallel.DistributedDataParallel(own.module)(x), real(x))


def test_same_names():
    """Every public name of torch.nn and of its functions is there, but for what has no place in a server."""
    training = {"LinearCrossEntropyLoss", "LinearCrossEntropyOptions"}
    public = {name for name in torch.nn.modules.__all__}
    assert public - set(dir(own_nn.nn)) == training
    functions = {
        name
        for name in dir(torch.nn.functional)
        if callable(getattr(torch.nn.functional, name))
        and not name.startswith("_")
        and getattr(torch.nn.functional, name).__module__ in ("torch.nn.functional", None)
        and isinstance(getattr(torch.nn.functional, name), (types.FunctionType, types.BuiltinFunctionType))
    }
    lacking = functions - set(dir(own_nn.F))
    assert lacking == NOT_SERVED, lacking
    drawn = {name for name in dir(torch.nn.init) if name.endswith("_") and not name.startswith("_")}
    assert drawn - set(dir(own_nn.nn.init)) == set()


@pytest.mark.parametrize(
    "name", ["LazyLinear", "LazyConv2d", "LazyConvTranspose1d", "LazyBatchNorm2d", "LazyInstanceNorm3d"]
)
def test_lazy_layers_are_refused_by_name(name):
    with pytest.raises(NotImplementedError, match=name):
        getattr(own_nn.nn, name)(3)


@pytest.mark.parametrize("case", nn_function_cases.CASES, ids=names(nn_function_cases.CASES))
def test_function(case):
    inputs, more = nn_cases.tensors(case, torch)
    expected = getattr(torch.nn.functional, case.name)(*inputs, **more)
    inputs_again, more_again = nn_cases.tensors(case, torch)
    same(getattr(own_nn.F, case.name)(*inputs_again, **more_again), expected)
    same(inputs_again, inputs)


# Arguments that PyTorch refuses, and with what.
REFUSED_CALLS = [
    ("dropout", (1.5,), {}),
    ("hardtanh", (1.0, -1.0), {}),
    ("interpolate", (), {}),
    ("interpolate", (4,), {"scale_factor": 2}),
    ("interpolate", (4,), {"align_corners": True}),
    ("interpolate", (4,), {"mode": "cubic"}),
    ("interpolate", (4,), {"antialias": True}),
    ("interpolate", (4,), {"recompute_scale_factor": True}),
    ("grid_sample", (None,), {"mode": "linear"}),
    ("grid_sample", (None,), {"padding_mode": "circular"}),
    ("mse_loss", (torch.ones(2, 3, 4, 5),), {"reduction": "average"}),
    ("lp_pool2d", (0, 2), {}),
]


@pytest.mark.parametrize("name, args, more", REFUSED_CALLS, ids=[one[0] for one in REFUSED_CALLS])
def test_refused_calls(name, args, more):
    x = torch.ones(2, 3, 4, 5)
    with pytest.raises(Exception) as real:
        getattr(torch.nn.functional, name)(x, *args, **more)
    with pytest.raises(real.type):
        getattr(own_nn.F, name)(x, *args, **more)


def test_functions_that_draw():
    x = torch.randn(50, 8, generator=torch.Generator().manual_seed(1))
    for name, args in (
        ("dropout", (0.5,)),
        ("gumbel_softmax", ()),
        ("gumbel_softmax", (0.7, True)),
        ("rrelu", (0.1, 0.3, True)),
        ("alpha_dropout", (0.3, True)),
    ):
        torch.manual_seed(11)
        expected = getattr(torch.nn.functional, name)(x, *args)
        torch.manual_seed(11)
        same(getattr(own_nn.F, name)(x, *args), expected)


def test_initialization_fills_only_what_no_file_has():
    init = own_nn.nn.init
    weight = torch.nn.Parameter(torch.full((2, 3), 7.0))
    for name in (
        "uniform_",
        "normal_",
        "ones_",
        "zeros_",
        "eye_",
        "xavier_uniform_",
        "kaiming_normal_",
        "orthogonal_",
    ):
        assert getattr(init, name)(weight) is weight and weight[0, 0] == 7
    assert init.constant_(weight, 2.0)[0, 0] == 7 and init.constant_(torch.empty(3), 2.0).sum() == 6
    assert torch.equal(init.eye_(torch.empty(2, 3)), torch.eye(2, 3))
    for nonlinearity, more in (
        ("relu", ()),
        ("tanh", ()),
        ("leaky_relu", (0.2,)),
        ("selu", ()),
        ("conv2d", ()),
    ):
        assert init.calculate_gain(nonlinearity, *more) == torch.nn.init.calculate_gain(nonlinearity, *more)
    image = torch.empty(4, 6, 3, 5)
    assert init._calculate_fan_in_and_fan_out(image) == torch.nn.init._calculate_fan_in_and_fan_out(image)


def parameters_of(function):
    """Names, order, kinds and defaults; None where PyTorch hides them behind *args or in C++."""
    try:
        given = list(inspect.signature(function).parameters.values())
    except ValueError:
        return None
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in given):
        return None
    return [(one.name, one.kind, one.default) for one in given]


def as_plain(parameters):
    """Functions as defaults are each library's own: by name."""
    return [(name, kind, getattr(default, "__name__", default)) for name, kind, default in parameters]


def test_same_signatures():
    compared = 0
    for real, own in (
        (torch.nn, own_nn.nn),
        (torch.nn.functional, own_nn.F),
        (torch.nn.init, own_nn.nn.init),
    ):
        for name in dir(own):
            if name.startswith(("_", "Lazy")) or name in ("Buffer", "Parameter") or not hasattr(real, name):
                continue
            theirs, mine = getattr(real, name), getattr(own, name)
            functions = [(theirs, mine)]
            if isinstance(theirs, type):
                functions = [(theirs.__init__, mine.__init__), (theirs.forward, mine.forward)]
            elif not isinstance(theirs, types.FunctionType):
                continue
            for one, other in functions:
                one, other = parameters_of(one), parameters_of(other)
                if one is not None and other is not None:
                    assert as_plain(other) == as_plain(one), name
                    compared += 1
    assert compared > 300


def test_the_table_of_layers_is_current():
    assert layer_table.TABLE.read_text() == layer_table.table(), "run python3 tests/interop/layer_table.py"
