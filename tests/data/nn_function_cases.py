"""Calls of torch.nn.functional, described as in nn_cases: positional and by keyword."""

from nn_cases import Case, causal, f32, f64, flags, i64, same, unit

CASES = []


def call(name, *inputs, **more):
    CASES.append(Case(name, (), {}, list(inputs), more))


def activations():
    x = f32(3, 4)
    for name in (
        "celu celu_ elu elu_ gelu glu hardshrink hardsigmoid hardswish hardtanh hardtanh_ leaky_relu "
        "leaky_relu_ logsigmoid mish relu relu6 relu_ rrelu rrelu_ selu selu_ sigmoid silu softplus "
        "softshrink softsign tanh tanhshrink log_softmax softmax softmin"
    ).split():
        call(name, x)
    for name in "hardsigmoid hardswish mish relu relu6 selu silu".split():
        call(name, x, True)
        call(name, f64(2, 5), inplace=True)
    call("celu", x, 0.5, True)
    call("celu_", x, alpha=0.5)
    call("elu", x, alpha=0.5, inplace=True)
    call("elu_", x, 0.5)
    call("gelu", x, approximate="tanh")
    call("glu", f32(4, 3), dim=0)
    call("hardshrink", x, 0.3)
    call("hardtanh", x, -0.5, 0.2)
    call("hardtanh", x, min_val=-0.1, max_val=0.1, inplace=True)
    call("leaky_relu", x, 0.2, True)
    call("leaky_relu", x, negative_slope=0.3)
    call("prelu", x, f32(4))
    call("prelu", input=x, weight=f32(1))
    call("rrelu", x, 0.1, 0.3, False, True)
    call("softplus", x, beta=2, threshold=1)
    call("softshrink", x, lambd=0.2)
    call("threshold", x, 0.1, 5)
    call("threshold", x, threshold=0.1, value=5.0, inplace=True)
    call("threshold_", x, 0.1, 5.0)
    for name in ("softmax", "log_softmax", "softmin"):
        call(name, x, 0)
        call(name, x, dim=-1)
        call(name, f32(2, 3, 4), -2, 3)
    call("softmax", f32(2, 3, 4, 2))
    call("softmax", f32(5))


def products():
    call("linear", f32(2, 3), f32(4, 3))
    call("linear", f32(2, 3), f32(4, 3), f32(4))
    call("linear", input=f64(5, 2, 3), weight=f64(4, 3), bias=f64(4))
    call("bilinear", f32(2, 3), f32(2, 4), f32(5, 3, 4), f32(5))
    call("bilinear", f32(2, 3), f32(2, 4), weight=f32(5, 3, 4))
    call("conv_tbc", f32(6, 2, 3), f32(3, 3, 4), f32(4), 1)
    for n, size in ((1, (7,)), (2, (7, 6)), (3, (5, 6, 4))):
        x, weight = f32(2, 4, *size), f32(6, 2, *[3] * n)
        call(f"conv{n}d", x, weight, f32(6), groups=2)
        call(f"conv{n}d", x, weight, None, 2, 1, 1, 2)
        call(f"conv{n}d", x, weight, padding="same", groups=2)
        call(f"conv{n}d", x, weight, stride=[2, 1, 2][:n], padding=(1, 2, 0)[:n], dilation=[1] * n, groups=2)
        weight = f32(4, 3, *[3] * n)
        call(f"conv_transpose{n}d", x, weight)
        call(f"conv_transpose{n}d", x, weight, f32(6), 2, 1, 1, 2)
        call(f"conv_transpose{n}d", x, weight, stride=3, dilation=2, output_padding=1)
    call("unfold", f32(2, 3, 5, 6), 2)
    call("unfold", f32(2, 3, 5, 6), kernel_size=(2, 3), dilation=1, padding=(1, 0), stride=2)
    call("fold", f32(2, 12, 12), (4, 5), 2)
    call("fold", f32(2, 12, 15), output_size=[4, 5], kernel_size=2, padding=1, stride=(1, 2))


def pools():
    for n, size in ((1, (9,)), (2, (9, 8)), (3, (6, 7, 5))):
        x = f32(2, 3, *size)
        call(f"max_pool{n}d", x, 2)
        call(f"max_pool{n}d", x, 3, 2, 1, 1, True)
        call(f"max_pool{n}d", x, kernel_size=(2, 3, 2)[:n], stride=1, return_indices=True)
        call(f"max_pool{n}d_with_indices", x, 2)
        call(f"avg_pool{n}d", x, 2)
        call(f"avg_pool{n}d", x, 3, 2, 1, True, False)
        call(f"avg_pool{n}d", x, kernel_size=[2] * n, stride=(1,) * n, ceil_mode=True)
        call(f"lp_pool{n}d", x, 2, 3)
        call(f"lp_pool{n}d", x, norm_type=3.0, kernel_size=2, stride=1, ceil_mode=True)
        call(f"lp_pool{n}d", x, float("inf"), 2)
        call(f"adaptive_avg_pool{n}d", x, 2)
        call(f"adaptive_max_pool{n}d", x, output_size=3)
        call(f"adaptive_max_pool{n}d", x, (3, 2, 4)[:n], True)
        call(f"adaptive_max_pool{n}d_with_indices", x, 2)
        half = tuple(one // 2 for one in size)
        call(f"max_unpool{n}d", f32(2, 3, *half), i64(4, 2, 3, *half), 2)
        call(f"max_unpool{n}d", f32(2, 3, *half), i64(4, 2, 3, *half), 2, 2, 0, [2 * one + 1 for one in half])
    call("avg_pool2d", f32(2, 3, 6, 6), 2, divisor_override=3)
    call("adaptive_avg_pool2d", f32(2, 3, 6, 6), (None, 4))
    call("adaptive_max_pool3d", f32(2, 3, 6, 6, 6), [2, None, None])
    call("fractional_max_pool2d", f32(2, 3, 9, 8), 2, (4, 5), _random_samples=unit(2, 3, 2))
    call(
        "fractional_max_pool2d",
        f32(2, 3, 9, 8),
        (2, 3),
        output_ratio=(0.5, 0.6),
        return_indices=True,
        _random_samples=unit(2, 3, 2),
    )
    call("fractional_max_pool3d", f32(2, 3, 9, 8, 7), 2, 3, _random_samples=unit(2, 3, 3))


def normalizations():
    x = f32(3, 4, 5, 2)
    call("batch_norm", x, f32(4), unit(4))
    call("batch_norm", x, f32(4), unit(4), f32(4), f32(4), False, 0.1, 1e-3)
    call("batch_norm", x, None, None, training=True)
    call("instance_norm", x)
    call("instance_norm", x, weight=f32(4), bias=f32(4), eps=1e-3)
    call("instance_norm", x, f32(4), unit(4), use_input_stats=False)
    call("layer_norm", x, (5, 2))
    call("layer_norm", x, [2], f32(2), f32(2), 1e-3)
    call("rms_norm", x, (5, 2), f32(5, 2))
    call("rms_norm", x, [2], eps=1e-3)
    call("group_norm", x, 2)
    call("group_norm", x, num_groups=4, weight=f32(4), bias=f32(4), eps=1e-3)
    call("local_response_norm", x, 3)
    call("local_response_norm", x, size=2, alpha=0.3, beta=0.5, k=2.0)
    call("normalize", x)
    call("normalize", x, 1, -1)
    call("normalize", x, p=3.0, dim=(1, 2), eps=1e-3)
    call("normalize", x, float("inf"), 0)


def lookups():
    call("embedding", i64(9, 2, 3), f32(9, 4))
    call("embedding", i64(9, 3), f32(9, 4), -2)
    call("embedding", i64(9, 3), weight=f32(9, 4), padding_idx=3, scale_grad_by_freq=True)
    call("embedding_bag", i64(9, 3, 4), f32(9, 5))
    call("embedding_bag", i64(9, 6), f32(9, 5), i64(1, 1), mode="max")
    call("embedding_bag", i64(9, 3, 4), f32(9, 5), mode="sum", per_sample_weights=f32(3, 4), padding_idx=2)
    call("one_hot", i64(5, 3), 5)
    call("one_hot", i64(5, 2, 3), num_classes=7)
    call("one_hot", i64(5, 3))


def images():
    x = f32(2, 3, 6, 5)
    call("pad", x, (1, 2))
    call("pad", x, [1, 2, 0, 3], "constant", 2.5)
    call("pad", x, (1, -1, 0, 0, 1, 0), value=1)
    for mode in ("reflect", "replicate", "circular"):
        call("pad", x, (1, 2, 3, 0), mode)
        call("pad", f32(2, 3, 7), pad=(1, 2), mode=mode)
        call("pad", f32(2, 3, 3, 4, 5), (1, 2, 3, 0, 1, 1), mode=mode)
    call("pixel_shuffle", f32(2, 8, 3, 2), 2)
    call("pixel_unshuffle", f32(2, 3, 4, 6), downscale_factor=2)
    call("channel_shuffle", f32(2, 6, 3, 2), 3)
    call("native_channel_shuffle", f32(2, 6, 3, 2), 2)
    call("interpolate", x, 8)
    call("interpolate", x, (8, 3))
    call("interpolate", x, None, 2)
    call("interpolate", x, scale_factor=[1.3, 0.7], recompute_scale_factor=True)
    call("interpolate", x, scale_factor=1.6, mode="nearest-exact")
    call("interpolate", x, scale_factor=(1.6, 2), mode="bilinear")
    call("interpolate", x, size=[9, 4], mode="bilinear", align_corners=True)
    call("interpolate", x, size=4, mode="bilinear", antialias=True)
    call("interpolate", x, scale_factor=0.6, mode="bicubic", antialias=True)
    call("interpolate", x, size=(4, 3), mode="lanczos", antialias=True)
    call("interpolate", x, scale_factor=1.5, mode="bicubic", align_corners=False, recompute_scale_factor=True)
    call("interpolate", x, scale_factor=0.5, mode="area")
    call("interpolate", f32(2, 3, 6), 4, mode="area")
    call("interpolate", f32(1, 2, 4, 5, 6), (2, 3, 4), mode="area")
    call("interpolate", f32(2, 3, 6), scale_factor=1.5)
    call("interpolate", f32(2, 3, 6), scale_factor=(1.5,), mode="linear")
    call("interpolate", f32(1, 2, 4, 5, 6), scale_factor=(0.5, 1.5, 2.0), mode="trilinear")
    call("interpolate", f32(1, 2, 4, 5, 6), 3, mode="nearest-exact")
    call("upsample", x, scale_factor=2)
    call("upsample", x, (7, 7), None, "bilinear", True)
    call("upsample_nearest", x, 7)
    call("upsample_bilinear", x, scale_factor=2)
    grid = f32(2, 4, 3, 2)
    for mode in ("bilinear", "nearest", "bicubic"):
        call("grid_sample", x, grid, mode, align_corners=True)
        call("grid_sample", x, grid, mode=mode, padding_mode="border", align_corners=False)
    call("grid_sample", f32(2, 3, 4, 5, 3), f32(2, 3, 2, 2, 3), padding_mode="reflection")
    call("affine_grid", f32(2, 2, 3), (2, 3, 4, 5))
    call("affine_grid", f32(2, 3, 4), size=[2, 3, 4, 5, 2], align_corners=True)


def distances():
    call("pairwise_distance", f32(3, 4), f32(3, 4))
    call("pairwise_distance", f32(3, 4), f32(3, 4), 1.0, 1e-3, True)
    call("cosine_similarity", f32(3, 4), f32(3, 4))
    call("cosine_similarity", x1=f32(3, 4), x2=f32(3, 4), dim=0, eps=1e-3)
    call("pdist", f32(4, 3))
    call("pdist", f32(4, 3), p=1.0)


def dropouts():
    for name, dims in (
        ("dropout", 2),
        ("alpha_dropout", 2),
        ("dropout1d", 3),
        ("dropout2d", 4),
        ("dropout3d", 5),
        ("feature_alpha_dropout", 4),
    ):
        x = f32(*[2, 3, 4, 2, 2][:dims])
        call(name, x, 0.3, False)
        call(name, x, p=0.3, training=False, inplace=True)
        call(name, x, 0.0, True)
        call(name, x, p=1.0, training=True)
    call("dropout1d", f32(3, 4), 1.0)
    call("dropout3d", f32(3, 4, 2, 2), 0.0)


def attention():
    q, k = f32(2, 3, 4, 6), f32(2, 3, 5, 6)
    call("scaled_dot_product_attention", q, k, same(1))
    call("scaled_dot_product_attention", q, k, k, f32(4, 5))
    call("scaled_dot_product_attention", q, k, k, attn_mask=flags(2, 1, 4, 5), scale=0.3)
    call("scaled_dot_product_attention", q, q, q, is_causal=True)
    call("scaled_dot_product_attention", f32(2, 4, 4, 6), f32(2, 2, 5, 6), f32(2, 2, 5, 6), enable_gqa=True)
    x = f32(3, 2, 8)
    weights = [8, 2, f32(24, 8), f32(24), None, None, False, 0.0, f32(8, 8), f32(8)]
    call("multi_head_attention_forward", x, x, x, *weights)
    call("multi_head_attention_forward", x, same(0), same(0), *weights, False, flags(2, 3), False)
    call(
        "multi_head_attention_forward",
        x,
        x,
        x,
        *weights,
        training=False,
        attn_mask=causal(3),
        is_causal=True,
        need_weights=False,
    )
    call(
        "multi_head_attention_forward",
        x,
        x,
        x,
        *weights,
        static_k=f32(4, 5, 4),
        static_v=f32(4, 5, 4),
        average_attn_weights=False,
    )
    extra = [8, 2, None, f32(24), f32(1, 1, 8), f32(1, 1, 8), True, 0.0, f32(8, 8), f32(8)]
    call(
        "multi_head_attention_forward",
        x,
        f32(4, 2, 6),
        f32(4, 2, 5),
        *extra,
        use_separate_proj_weight=True,
        q_proj_weight=f32(8, 8),
        k_proj_weight=f32(8, 6),
        v_proj_weight=f32(8, 5),
    )


def losses():
    x, y = f32(4, 5), f32(4, 5)
    for name in (
        "l1_loss",
        "mse_loss",
        "smooth_l1_loss",
        "huber_loss",
        "soft_margin_loss",
        "kl_div",
        "multilabel_soft_margin_loss",
        "binary_cross_entropy_with_logits",
        "poisson_nll_loss",
    ):
        call(name, x, y)
        call(name, x, target=y, reduction="none")
    for name in ("l1_loss", "mse_loss", "huber_loss"):
        call(name, x, y, weight=unit(4, 5))
        call(name, x, y, reduction="sum", weight=unit(4, 5))
    call("mse_loss", x, y, False)
    call("mse_loss", x, y, reduce=False)
    call("smooth_l1_loss", x, y, beta=0.0)
    call("huber_loss", x, y, "sum", 0.5)
    call("cross_entropy", x, i64(5, 4), f32(5))
    call("cross_entropy", x, unit(4, 5), label_smoothing=0.2, reduction="sum")
    call("nll_loss", x, i64(5, 4), unit(5), ignore_index=2)
    call("binary_cross_entropy", unit(4, 5), unit(4, 5), unit(5))
    call("binary_cross_entropy_with_logits", x, unit(4, 5), unit(5), pos_weight=unit(5))
    call("kl_div", x, y, reduction="batchmean", log_target=True)
    call("gaussian_nll_loss", x, y, 0.5)
    call("gaussian_nll_loss", x, y, unit(4, 1), True, reduction="sum")
    call("margin_ranking_loss", f32(4), f32(4), f32(4), 0.3)
    call("hinge_embedding_loss", x, y, margin=0.4)
    call("multilabel_margin_loss", x, i64(5, 4, 5))
    call("cosine_embedding_loss", x, y, f32(4), 0.3)
    call("multi_margin_loss", x, i64(5, 4), 2, 0.7)
    call("triplet_margin_loss", x, y, f32(4, 5), p=1, swap=True)
    call("triplet_margin_with_distance_loss", x, y, f32(4, 5), margin=0.5, swap=True)
    call("ctc_loss", f32(7, 2, 5), i64(4, 2, 3), [7, 6], [3, 2], blank=4)


for add in (
    activations,
    products,
    pools,
    normalizations,
    lookups,
    images,
    distances,
    dropouts,
    attention,
    losses,
):
    add()
