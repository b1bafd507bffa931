"""Layers of torch.nn with arguments and inputs, for whoever compares another implementation with PyTorch.

A case names a class, its constructor's arguments and its inputs. Inputs are described, not given:
tensors() makes them from a fixed seed, the same everywhere."""

import collections

Case = collections.namedtuple("Case", "name args kwargs inputs call")  # call: keyword arguments of the call
Layer = collections.namedtuple("Layer", "name args kwargs")  # a constructor's argument that is a layer
Tensor = collections.namedtuple("Tensor", "dtype shape high")  # high: integers are below it
Same = collections.namedtuple("Same", "index")  # the positional input with that index once more


def layer(name, *args, **kwargs):
    return Layer(name, args, kwargs)


def f32(*shape):
    return Tensor("float32", shape, None)


def f64(*shape):
    return Tensor("float64", shape, None)


def unit(*shape):
    """Between 0 and 1."""
    return Tensor("unit", shape, None)


def i64(high, *shape):
    return Tensor("int64", shape, high)


def flags(*shape):
    return Tensor("bool", shape, None)


def causal(size):
    """The mask of causal attention."""
    return Tensor("causal", (size, size), None)


def same(index):
    return Same(index)


def tensor_of(spec, torch, generator):
    """A tensor (or a tuple of tensors) as described; other values are themselves."""
    if isinstance(spec, Tensor):
        if spec.dtype == "int64":
            return torch.randint(spec.high, spec.shape, generator=generator)
        if spec.dtype == "unit":
            return torch.rand(spec.shape, generator=generator)
        if spec.dtype == "causal":
            return torch.full(spec.shape, float("-inf")).triu(1)
        if spec.dtype == "bool":
            made = torch.rand(spec.shape, generator=generator) < 0.3
            made[..., 0] = False  # no mask hides everything
            return made
        return torch.randn(spec.shape, generator=generator, dtype=getattr(torch, spec.dtype))
    if isinstance(spec, (tuple, list)):
        return type(spec)(tensor_of(one, torch, generator) for one in spec)
    return spec


def tensors(case, torch):
    """The positional inputs of a case, and those by keyword."""
    generator = torch.Generator().manual_seed(7)
    positional = []
    for one in case.inputs:
        positional.append(
            positional[one.index] if isinstance(one, Same) else tensor_of(one, torch, generator)
        )
    return positional, {key: tensor_of(one, torch, generator) for key, one in case.call.items()}


def built(spec, nn):
    """The layer that a case or a Layer describes, of the given torch.nn."""

    def value(one):
        if isinstance(one, Layer):
            return built(one, nn)
        if isinstance(one, (tuple, list)):
            return type(one)(value(item) for item in one)
        if isinstance(one, dict):
            return {key: value(item) for key, item in one.items()}
        return one

    return getattr(nn, spec.name)(*value(spec.args), **value(spec.kwargs))


CASES = []


def case(name, *args, inputs, call=None, **kwargs):
    CASES.append(Case(name, args, kwargs, inputs, call or {}))


def linear():
    case("Identity", 54, unused=0.1, inputs=[f32(2, 3)])
    case("Linear", 5, 3, inputs=[f32(2, 5)])
    case("Linear", 5, 3, False, inputs=[f32(5)])
    case("Linear", in_features=5, out_features=3, bias=True, inputs=[f64(2, 4, 5)])
    case("Bilinear", 4, 3, 5, inputs=[f32(6, 4), f32(6, 3)])
    case("Bilinear", 4, 3, 5, bias=False, inputs=[f64(2, 6, 4), f64(2, 6, 3)])


def shapes():
    case("Flatten", inputs=[f32(2, 3, 4, 5)])
    case("Flatten", 0, inputs=[f32(2, 3, 4)])
    case("Flatten", start_dim=2, end_dim=3, inputs=[f32(2, 3, 4, 5, 2)])
    case("Unflatten", 1, (2, 3), inputs=[f32(4, 6)])
    case("Unflatten", -1, (2, -1), inputs=[f32(4, 6, 8)])
    case("PixelShuffle", 2, inputs=[f32(2, 8, 3, 3)])
    case("PixelShuffle", 3, inputs=[f32(9, 3, 2)])
    case("PixelUnshuffle", 2, inputs=[f32(2, 3, 4, 6)])
    case("ChannelShuffle", 2, inputs=[f32(2, 6, 3, 3)])
    case("ChannelShuffle", 3, inputs=[f32(2, 6, 4)])
    case("Unfold", 3, inputs=[f32(2, 2, 6, 7)])
    case("Unfold", (2, 3), dilation=2, padding=1, stride=(2, 1), inputs=[f32(2, 2, 6, 7)])
    case("Unfold", 2, inputs=[f32(2, 6, 7)])
    case("Fold", (4, 5), 2, inputs=[f32(2, 12, 12)])
    case("Fold", 6, (3, 2), 1, 1, 2, inputs=[f32(2, 12, 12)])


def convolutions():
    for n, size in ((1, (9,)), (2, (9, 8)), (3, (6, 5, 7))):
        conv, image = f"Conv{n}d", f32(2, 4, *size)
        case(conv, 4, 6, 3, inputs=[image])
        case(conv, 4, 6, 3, 2, 1, inputs=[image])
        case(conv, 4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False, inputs=[image])
        case(conv, 4, 8, (2, 3, 1)[:n], (1, 2, 1)[:n], (1, 0, 2)[:n], groups=4, inputs=[image])
        case(conv, 4, 6, 3, padding="same", inputs=[image])
        case(conv, 4, 6, 4, padding="same", dilation=1, inputs=[image])
        case(conv, 4, 6, 3, padding="valid", inputs=[image])
        for mode in ("reflect", "replicate", "circular"):
            case(conv, 4, 6, 3, padding=2, padding_mode=mode, inputs=[image])
        case(conv, 4, 6, 2, padding=(2, 1, 1)[:n], stride=2, padding_mode="circular", inputs=[image])
        case(conv, 4, 6, 4, padding="same", padding_mode="reflect", inputs=[image])
        case(conv, 4, 6, 3, padding="valid", padding_mode="circular", inputs=[image])
        case(conv, 4, 6, 3, padding=1, inputs=[f64(4, *size)])
    for n, size in ((1, (5,)), (2, (5, 4)), (3, (3, 4, 3))):
        conv, image = f"ConvTranspose{n}d", f32(2, 4, *size)
        case(conv, 4, 6, 3, inputs=[image])
        case(conv, 4, 6, 3, 2, 1, 1, inputs=[image])
        case(
            conv,
            4,
            6,
            3,
            stride=2,
            padding=1,
            output_padding=1,
            groups=2,
            bias=False,
            dilation=2,
            inputs=[image],
        )
        case(conv, 4, 6, (3, 2, 4)[:n], (2, 3, 1)[:n], (1, 0, 1)[:n], inputs=[image])
        doubled = [2 * one for one in size]
        case(conv, 4, 6, 3, 2, 1, inputs=[image], call={"output_size": doubled})
        case(conv, 4, 6, 3, 2, 1, inputs=[image, [2, 6] + doubled])
        case(conv, 4, 6, 3, 2, 1, inputs=[f64(4, *size), doubled])


def pooling():
    for n, size in ((1, (10,)), (2, (10, 9)), (3, (6, 7, 8))):
        image = f32(2, 3, *size)
        case(f"MaxPool{n}d", 2, inputs=[image])
        case(f"MaxPool{n}d", 3, 2, 1, inputs=[image])
        case(f"MaxPool{n}d", 3, stride=1, padding=1, dilation=2, ceil_mode=True, inputs=[image])
        case(f"MaxPool{n}d", (2, 3, 2)[:n], return_indices=True, inputs=[image])
        case(f"MaxPool{n}d", 2, ceil_mode=True, inputs=[f64(3, *size)])
        case(f"AvgPool{n}d", 2, inputs=[image])
        case(f"AvgPool{n}d", 3, 2, 1, count_include_pad=False, inputs=[image])
        case(f"AvgPool{n}d", (3, 2, 2)[:n], stride=(2, 1, 2)[:n], ceil_mode=True, inputs=[image])
        case(f"AvgPool{n}d", 3, inputs=[f64(3, *size)])
        if n > 1:
            case(f"AvgPool{n}d", 2, divisor_override=3, inputs=[image])
        case(f"LPPool{n}d", 2, 3, inputs=[image])
        case(f"LPPool{n}d", 3.0, 2, stride=1, ceil_mode=True, inputs=[image])
        case(f"LPPool{n}d", float("inf"), 2, inputs=[image])
        case(f"AdaptiveAvgPool{n}d", 1, inputs=[image])
        case(f"AdaptiveAvgPool{n}d", (4, 3, 5)[:n], inputs=[image])
        case(f"AdaptiveMaxPool{n}d", 3, inputs=[image])
        case(f"AdaptiveMaxPool{n}d", (4, 3, 5)[:n], return_indices=True, inputs=[image])
        if n > 1:
            case(f"AdaptiveAvgPool{n}d", (None, 3, 5)[:n], inputs=[image])
            case(f"AdaptiveMaxPool{n}d", (4, None, None)[:n], inputs=[f32(3, *size)])
        small = tuple(one // 2 for one in size)
        places = i64(4, 2, 3, *small)
        case(f"MaxUnpool{n}d", 2, inputs=[f32(2, 3, *small), places])
        case(
            f"MaxUnpool{n}d",
            2,
            2,
            0,
            inputs=[f32(2, 3, *small), places],
            call={"output_size": [2 * one + 1 for one in small]},
        )


def padding():
    for n, size in ((1, (7,)), (2, (7, 6)), (3, (5, 6, 7))):
        image = f32(2, 3, *size)
        amounts = (1, 2, 0, 3, 2, 1)[: 2 * n]
        for kind in ("Circular", "Reflection", "Replication", "Zero"):
            case(f"{kind}Pad{n}d", 2, inputs=[image])
            case(f"{kind}Pad{n}d", amounts, inputs=[f64(2, 3, *size)])
        case(f"ConstantPad{n}d", 2, 3.5, inputs=[image])
        case(f"ConstantPad{n}d", padding=amounts, value=-1.0, inputs=[f32(3, *size)])
    case("ZeroPad2d", (-1, 2, -1, 0), inputs=[f32(2, 3, 5, 6)])


def norms():
    for n, size in ((1, (5,)), (2, (5, 4)), (3, (3, 4, 2))):
        image = f32(3, 4, *size)
        case(f"BatchNorm{n}d", 4, inputs=[image])
        case(f"BatchNorm{n}d", 4, 1e-3, 0.2, False, inputs=[image])
        case(f"BatchNorm{n}d", 4, momentum=None, track_running_stats=False, inputs=[image])
        case(f"BatchNorm{n}d", 4, bias=False, inputs=[f64(3, 4, *size)])
        case(f"InstanceNorm{n}d", 4, inputs=[image])
        case(f"InstanceNorm{n}d", 4, affine=True, eps=1e-3, inputs=[f64(3, 4, *size)])
        case(f"InstanceNorm{n}d", 4, affine=True, track_running_stats=True, inputs=[image])
        case(f"InstanceNorm{n}d", 4, affine=True, inputs=[f32(4, *size)])
    case("BatchNorm1d", 4, inputs=[f32(6, 4)])
    case("SyncBatchNorm", 4, inputs=[f32(6, 4, 3)])
    case("LayerNorm", 6, inputs=[f32(2, 3, 6)])
    case("LayerNorm", (3, 6), 1e-3, inputs=[f64(2, 3, 6)])
    case("LayerNorm", [3, 6], elementwise_affine=False, inputs=[f32(2, 3, 6)])
    case("LayerNorm", 6, bias=False, inputs=[f32(2, 6)])
    case("GroupNorm", 2, 6, inputs=[f32(2, 6, 4, 3)])
    case("GroupNorm", 6, 6, 1e-3, False, inputs=[f64(2, 6, 4)])
    case("GroupNorm", 3, 6, bias=False, inputs=[f32(2, 6)])
    case("RMSNorm", 6, inputs=[f32(2, 3, 6)])
    case("RMSNorm", (3, 6), eps=1e-3, inputs=[f64(2, 3, 6)])
    case("RMSNorm", 6, elementwise_affine=False, inputs=[f32(2, 6)])
    case("LocalResponseNorm", 2, inputs=[f32(2, 6, 4, 3)])
    case("LocalResponseNorm", 5, 0.1, 0.5, 2.0, inputs=[f64(2, 6, 4)])
    case("LocalResponseNorm", 3, alpha=0.3, inputs=[f32(2, 6, 2, 3, 2)])
    case("CrossMapLRN2d", 3, inputs=[f32(2, 6, 4, 3)])
    case("CrossMapLRN2d", 4, 0.5, 0.6, 2, inputs=[f64(2, 9, 4, 3)])
    case("CrossMapLRN2d", 5, alpha=0.5, inputs=[f32(2, 2, 4, 3)])


def activations():
    plain = (
        "ReLU ReLU6 SELU SiLU Mish Hardswish Hardsigmoid Sigmoid Tanh LogSigmoid Softsign Tanhshrink ELU "
        "CELU LeakyReLU RReLU Hardtanh GELU Hardshrink Softshrink Softplus PReLU"
    ).split()
    for name in plain:
        case(name, inputs=[f32(3, 4)])
    for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid"):
        case(name, inplace=True, inputs=[f64(2, 3, 4)])
    for name in ("ELU", "CELU", "LeakyReLU"):
        case(name, 0.3, True, inputs=[f64(2, 5)])
    case("RReLU", 0.1, 0.4, inputs=[f32(3, 4)])
    case("Threshold", 0.1, 20, inputs=[f32(3, 4)])
    case("Threshold", -0.2, -3.0, True, inputs=[f64(3, 4)])
    case("Hardtanh", -0.5, 0.7, inputs=[f32(3, 4)])
    case("Hardtanh", min_value=-0.5, max_value=0.7, inputs=[f32(3, 4)])
    case("GELU", "tanh", inputs=[f64(3, 4)])
    case("GELU", approximate="tanh", inputs=[f32(3, 4)])
    case("GLU", inputs=[f32(3, 4)])
    case("GLU", 1, inputs=[f32(2, 6, 3)])
    case("Hardshrink", 0.2, inputs=[f32(3, 4)])
    case("Softshrink", lambd=0.2, inputs=[f32(3, 4)])
    case("Softplus", 2.0, 1.5, inputs=[f32(3, 4)])
    case("Softplus", beta=2, threshold=3, inputs=[f64(3, 4)])
    case("PReLU", 4, inputs=[f32(2, 4, 3)])
    case("PReLU", num_parameters=4, init=0.1, inputs=[f64(2, 4)])
    for name in ("Softmax", "Softmin", "LogSoftmax"):
        case(name, 1, inputs=[f32(3, 4)])
        case(name, dim=-1, inputs=[f64(2, 3, 4)])
        case(name, inputs=[f32(3, 4)])
        case(name, inputs=[f32(2, 3, 4)])
    case("Softmax2d", inputs=[f32(2, 3, 4, 2)])
    case("Softmax2d", inputs=[f32(3, 4, 2)])


def dropouts():
    for name, dims in (
        ("Dropout", 3),
        ("Dropout1d", 3),
        ("Dropout2d", 4),
        ("Dropout3d", 5),
        ("AlphaDropout", 2),
        ("FeatureAlphaDropout", 4),
    ):
        case(name, inputs=[f32(*[2, 3, 4, 2, 3][:dims])])
        case(name, 0.2, True, inputs=[f32(*[2, 3, 4, 2, 3][:dims])])


def embeddings():
    case("Embedding", 10, 4, inputs=[i64(10, 2, 5)])
    case("Embedding", 10, 4, padding_idx=0, inputs=[i64(10, 3)])
    case("Embedding", 10, 4, -1, sparse=True, inputs=[i64(10, 3)])
    case("EmbeddingBag", 10, 4, inputs=[i64(10, 3, 5)])
    case("EmbeddingBag", 10, 4, mode="sum", inputs=[i64(10, 3, 5), None, f32(3, 5)])
    case("EmbeddingBag", 10, 4, mode="max", padding_idx=2, inputs=[i64(10, 3, 5)])
    case("EmbeddingBag", 10, 4, mode="mean", padding_idx=-3, inputs=[i64(10, 8), i64(1, 1)])
    case("EmbeddingBag", 10, 4, include_last_offset=True, inputs=[i64(10, 8), i64(1, 2)])


def images():
    case("Upsample", 7, inputs=[f32(2, 3, 5)])
    case("Upsample", 7, inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=2, inputs=[f32(2, 3, 3, 4, 2)])
    case("Upsample", scale_factor=2, inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=1.7, inputs=[f32(2, 3, 5)])
    case("Upsample", (7, 6), inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=(1.5, 2.3), inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=1.7, recompute_scale_factor=True, mode="bilinear", inputs=[f32(2, 3, 5, 4)])
    case("Upsample", 8, mode="nearest-exact", inputs=[f32(2, 3, 5)])
    case("Upsample", scale_factor=1.3, mode="nearest-exact", inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=2, mode="nearest-exact", inputs=[f32(2, 3, 3, 4, 2)])
    case("Upsample", 8, mode="linear", inputs=[f32(2, 3, 5)])
    case("Upsample", scale_factor=2, mode="linear", align_corners=True, inputs=[f64(2, 3, 5)])
    case("Upsample", scale_factor=2, mode="bilinear", inputs=[f32(2, 3, 5, 4)])
    case("Upsample", (3, 9), mode="bilinear", align_corners=True, inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=(1.5, 2.3), mode="bicubic", inputs=[f64(2, 3, 5, 4)])
    case("Upsample", 9, mode="bicubic", align_corners=True, inputs=[f32(2, 3, 5, 4)])
    case("Upsample", scale_factor=2, mode="trilinear", inputs=[f32(1, 2, 3, 4, 2)])
    case("Upsample", (4, 5, 3), mode="trilinear", align_corners=False, inputs=[f32(1, 2, 3, 4, 2)])
    case("Upsample", 3, mode="area", inputs=[f32(2, 3, 7)])
    case("Upsample", scale_factor=0.5, mode="area", inputs=[f32(2, 3, 7, 6)])
    case("UpsamplingNearest2d", scale_factor=2, inputs=[f32(2, 3, 5, 4)])
    case("UpsamplingNearest2d", (7, 9), inputs=[f32(2, 3, 5, 4)])
    case("UpsamplingBilinear2d", scale_factor=3, inputs=[f32(2, 3, 5, 4)])
    case("UpsamplingBilinear2d", size=(7, 9), inputs=[f32(2, 3, 5, 4)])


def distances():
    case("CosineSimilarity", inputs=[f32(3, 4), f32(3, 4)])
    case("CosineSimilarity", 0, 1e-6, inputs=[f64(3, 4), f64(3, 4)])
    case("PairwiseDistance", inputs=[f32(3, 4), f32(3, 4)])
    case("PairwiseDistance", 1, keepdim=True, inputs=[f64(3, 4), f64(3, 4)])


def containers():
    case("Sequential", inputs=[f32(2, 3)])
    case(
        "Sequential",
        layer("Linear", 3, 4),
        layer("ReLU"),
        layer("Sequential", layer("Linear", 4, 2)),
        inputs=[f32(2, 3)],
    )


def recurrent():
    for name in ("RNN", "GRU", "LSTM"):

        def state(*shape, kind=f32, name=name):
            return (kind(*shape), kind(*shape)) if name == "LSTM" else kind(*shape)

        case(name, 4, 5, inputs=[f32(3, 2, 4)])
        case(name, 4, 5, 2, bidirectional=True, inputs=[f32(3, 2, 4)])
        case(name, 4, 5, num_layers=2, bias=False, batch_first=True, dropout=0.5, inputs=[f64(2, 3, 4)])
        case(name, 4, 5, inputs=[f32(3, 4)])
        case(name, 4, 5, batch_first=True, bidirectional=True, inputs=[f32(3, 4)])
        case(name, 4, 5, 2, inputs=[f32(3, 2, 4), state(2, 2, 5)])
        case(
            name, 4, 5, batch_first=True, bidirectional=True, inputs=[f64(2, 3, 4), state(2, 2, 5, kind=f64)]
        )
        case(name, 4, 5, inputs=[f32(3, 4)], call={"hx": state(1, 5)})
        cell = name + "Cell"
        case(cell, 4, 5, inputs=[f32(3, 4)])
        case(cell, 4, 5, False, inputs=[f64(3, 4), state(3, 5, kind=f64)])
        case(cell, 4, 5, inputs=[f32(4)])
        case(cell, 4, 5, inputs=[f32(4), state(5)])
    case("RNN", 4, 5, 2, "relu", inputs=[f32(3, 2, 4)])
    case("RNN", 4, 5, nonlinearity="relu", bias=False, inputs=[f64(3, 2, 4)])
    case("RNNCell", 4, 5, nonlinearity="relu", inputs=[f32(3, 4)])
    case("LSTM", 4, 5, 2, proj_size=3, inputs=[f32(3, 2, 4)])
    case("LSTM", 4, 5, proj_size=3, bidirectional=True, batch_first=True, inputs=[f64(2, 3, 4)])
    case("LSTM", 4, 5, proj_size=3, bias=False, inputs=[f32(3, 2, 4), (f32(1, 2, 3), f32(1, 2, 5))])


def attention():
    def attend(*args, inputs, call=None, **kwargs):
        for batch_first in (False, True):
            case("MultiheadAttention", *args, inputs=inputs, call=call, batch_first=batch_first, **kwargs)

    # As many steps as samples, so that the same inputs serve with the batch first and second.
    x = f32(3, 3, 8)
    attend(8, 2, inputs=[x, same(0), same(0)])
    attend(8, 2, bias=False, inputs=[x, same(0), same(0)], call={"need_weights": False})
    attend(8, 2, inputs=[x, x, same(1)])
    attend(8, 2, inputs=[x, x, x], call={"need_weights": False})
    weights = {"average_attn_weights": False, "attn_mask": f64(3, 3)}
    attend(8, 4, 0.3, inputs=[f64(3, 3, 8), same(0), same(0)], call=weights)
    both = {"attn_mask": f32(3, 3), "key_padding_mask": f32(3, 3)}
    attend(8, 2, add_bias_kv=True, add_zero_attn=True, inputs=[x, x, x], call=both)
    padded = {"need_weights": False, "key_padding_mask": flags(3, 3)}
    attend(8, 2, add_bias_kv=True, inputs=[x, same(0), same(0)], call=padded)
    attend(8, 2, add_zero_attn=True, inputs=[x, x, x], call={"attn_mask": flags(3, 3)})
    by_head = {"attn_mask": flags(6, 3, 3), "need_weights": False}
    attend(8, 2, add_zero_attn=True, inputs=[x, same(0), same(0)], call=by_head)
    attend(8, 2, inputs=[x, x, x], call={"attn_mask": f32(3, 3), "is_causal": True})
    attend(8, 2, kdim=6, vdim=5, inputs=[x, f32(3, 3, 6), f32(3, 3, 5)])
    attend(8, 2, kdim=6, bias=False, inputs=[x, f32(3, 3, 6), x], call={"need_weights": False})
    attend(8, 2, inputs=[f32(4, 8), f32(3, 8), f32(3, 8)])
    unbatched = {"attn_mask": f32(2, 4, 3), "key_padding_mask": f32(3), "average_attn_weights": False}
    attend(8, 2, inputs=[f32(4, 8), f32(3, 8), f32(3, 8)], call=unbatched)
    case(
        "MultiheadAttention",
        8,
        2,
        inputs=[f32(5, 2, 8), f32(3, 2, 8), same(1)],
        call={"attn_mask": f32(4, 5, 3)},
    )
    case(
        "MultiheadAttention",
        8,
        2,
        batch_first=True,
        inputs=[f32(2, 5, 8), f32(2, 3, 8), same(1)],
        call={"key_padding_mask": f32(2, 3), "need_weights": False},
    )


def transformers():
    # PyTorch's fast path takes every number but 0 in a mask as "not this one": these masks suit it.
    src, tgt = f32(3, 3, 8), f32(3, 3, 8)
    for batch_first in (False, True):
        more = {"batch_first": batch_first}
        encoder = layer("TransformerEncoderLayer", 8, 2, 12, **more)
        decoder = layer("TransformerDecoderLayer", 8, 2, 12, **more)
        norm = layer("LayerNorm", 8)
        case("TransformerEncoderLayer", 8, 2, 12, inputs=[src], **more)
        case("TransformerEncoderLayer", 8, 2, dim_feedforward=12, activation="gelu", inputs=[src], **more)
        case("TransformerEncoderLayer", 8, 2, 12, 0.0, norm_first=True, bias=False, inputs=[src], **more)
        case("TransformerEncoderLayer", 8, 2, 12, activation=layer("SiLU"), inputs=[src, f32(3, 3)], **more)
        case("TransformerEncoderLayer", 8, 2, 12, layer_norm_eps=1e-3, inputs=[f64(3, 8)], **more)
        case(
            "TransformerEncoderLayer",
            8,
            2,
            12,
            inputs=[src],
            call={"src_key_padding_mask": flags(3, 3)},
            **more,
        )
        case("TransformerDecoderLayer", 8, 2, 12, inputs=[tgt, src], **more)
        case(
            "TransformerDecoderLayer",
            8,
            2,
            12,
            norm_first=True,
            activation="gelu",
            inputs=[tgt, src],
            call={"tgt_mask": f32(3, 3), "memory_key_padding_mask": f32(3, 3)},
            **more,
        )
        case("TransformerDecoderLayer", 8, 2, 12, bias=False, inputs=[f64(4, 8), f64(3, 8)], **more)
        case("TransformerEncoder", encoder, 2, enable_nested_tensor=False, inputs=[src])
        case("TransformerEncoder", encoder, 2, norm, enable_nested_tensor=False, inputs=[src, causal(3)])
        case("TransformerDecoder", decoder, 2, norm, inputs=[tgt, src])
        case("Transformer", 8, 2, 1, 2, 12, inputs=[src, tgt], **more)
        case(
            "Transformer",
            8,
            2,
            2,
            1,
            12,
            norm_first=True,
            activation="gelu",
            bias=False,
            inputs=[src, tgt],
            call={"tgt_mask": causal(3), "tgt_is_causal": True},
            **more,
        )
    case("TransformerEncoder", encoder, 1, inputs=[src], call={"mask": causal(3), "is_causal": True})
    case("Transformer", 8, 2, 1, 1, 12, inputs=[f32(5, 8), f32(3, 8)])


def losses():
    x, y, vector = f32(4, 5), f32(4, 5), f32(4)
    for name in (
        "L1Loss",
        "MSELoss",
        "SmoothL1Loss",
        "HuberLoss",
        "SoftMarginLoss",
        "MultiLabelSoftMarginLoss",
        "BCEWithLogitsLoss",
        "PoissonNLLLoss",
        "KLDivLoss",
    ):
        case(name, inputs=[x, y])
        case(name, reduction="sum", inputs=[x, y])
        case(name, reduction="none", inputs=[f64(4, 5), f64(4, 5)])
    case("MSELoss", False, inputs=[x, y])
    case("L1Loss", True, False, inputs=[x, y])
    case("SmoothL1Loss", beta=0.3, inputs=[x, y])
    case("HuberLoss", "mean", 0.4, inputs=[x, y])
    case("KLDivLoss", reduction="batchmean", log_target=True, inputs=[x, y])
    case("PoissonNLLLoss", True, True, eps=1e-4, inputs=[x, y])
    case("GaussianNLLLoss", inputs=[x, y, unit(4, 5)])
    case("GaussianNLLLoss", full=True, reduction="none", inputs=[x, y, unit(4)])
    case("BCELoss", inputs=[unit(4, 5), unit(4, 5)])
    for name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"):
        case(name, inputs=[x, i64(5, 4)])
        case(name, reduction="none", inputs=[f64(4, 5), i64(5, 4)])
    case("CrossEntropyLoss", ignore_index=2, label_smoothing=0.1, inputs=[f32(2, 5, 3), i64(5, 2, 3)])
    case("NLLLoss", ignore_index=1, reduction="sum", inputs=[f32(2, 5, 3, 2), i64(5, 2, 3, 2)])
    case("MultiMarginLoss", 2, 0.5, inputs=[x, i64(5, 4)])
    case("MultiLabelMarginLoss", inputs=[x, i64(5, 4, 5)])
    case("HingeEmbeddingLoss", 0.7, inputs=[vector, i64(2, 4)])
    case("CosineEmbeddingLoss", 0.2, inputs=[x, y, f32(4)])
    case("MarginRankingLoss", 0.3, inputs=[vector, f32(4), f32(4)])
    case("TripletMarginLoss", 0.8, 1.0, swap=True, inputs=[x, y, f32(4, 5)])
    case("TripletMarginWithDistanceLoss", inputs=[x, y, f32(4, 5)])
    case(
        "TripletMarginWithDistanceLoss",
        distance_function=layer("PairwiseDistance", 1),
        swap=True,
        reduction="sum",
        inputs=[x, y, f32(4, 5)],
    )
    case("AdaptiveLogSoftmaxWithLoss", 8, 20, [5, 12], 2.0, inputs=[f32(6, 8), i64(20, 6)])
    case("AdaptiveLogSoftmaxWithLoss", 8, 20, (4,), head_bias=True, inputs=[f32(8), i64(20)])


for add in (
    linear,
    shapes,
    convolutions,
    pooling,
    padding,
    norms,
    activations,
    dropouts,
    embeddings,
    images,
    distances,
    containers,
    recurrent,
    attention,
    transformers,
    losses,
):
    add()
