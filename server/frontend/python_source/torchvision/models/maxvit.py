from collections import OrderedDict
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.models._api import WeightsEnum, asked_weights, fixed_by_weights, registered
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation
from torchvision.ops.stochastic_depth import StochasticDepth

MaxVit_T_Weights = WeightsEnum


def _halved(size):
    """The image after a convolution of kernel 3, stride 2 and padding 1."""
    return ((size[0] - 1) // 2 + 1, (size[1] - 1) // 2 + 1)


class MBConv(nn.Module):
    def __init__(self, in_channels, out_channels, expansion_ratio, squeeze_ratio, stride, activation_layer, norm_layer,
                 p_stochastic_dropout=0.0):
        super().__init__()
        self.proj = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            proj = [nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1, bias=True)]
            if stride == 2:
                proj = [nn.AvgPool2d(kernel_size=3, stride=stride, padding=1)] + proj
            self.proj = nn.Sequential(*proj)
        mid = int(out_channels * expansion_ratio)
        squeezed = int(out_channels * squeeze_ratio)
        self.stochastic_depth = nn.Identity()
        if p_stochastic_dropout:
            self.stochastic_depth = StochasticDepth(p_stochastic_dropout, mode="row")
        norm = {"norm_layer": norm_layer, "activation_layer": activation_layer, "inplace": None}
        layers = [
            ("pre_norm", norm_layer(in_channels)),
            ("conv_a", Conv2dNormActivation(in_channels, mid, kernel_size=1, **norm)),
            ("conv_b", Conv2dNormActivation(mid, mid, stride=stride, groups=mid, **norm)),
            ("squeeze_excitation", SqueezeExcitation(mid, squeezed, activation=nn.SiLU)),
            ("conv_c", nn.Conv2d(mid, out_channels, kernel_size=1, bias=True)),
        ]
        self.layers = nn.Sequential(OrderedDict(layers))

    def forward(self, x):
        return self.proj(x) + self.stochastic_depth(self.layers(x))


class RelativePositionalMultiHeadAttention(nn.Module):
    def __init__(self, feat_dim, head_dim, max_seq_len):
        super().__init__()
        self.n_heads = feat_dim // head_dim
        self.head_dim = head_dim
        self.size = int(max_seq_len**0.5)
        self.max_seq_len = max_seq_len
        self.to_qkv = nn.Linear(feat_dim, self.n_heads * self.head_dim * 3)
        self.scale_factor = feat_dim**-0.5
        self.merge = nn.Linear(self.head_dim * self.n_heads, feat_dim)
        reach = 2 * self.size - 1
        self.relative_position_bias_table = nn.Parameter(torch.zeros(reach * reach, self.n_heads))
        y, x = torch.arange(self.size**2) // self.size, torch.arange(self.size**2) % self.size
        down, right = y[:, None] - y[None, :] + self.size - 1, x[:, None] - x[None, :] + self.size - 1
        self.register_buffer("relative_position_index", down * reach + right)

    def get_relative_positional_bias(self):
        bias = self.relative_position_bias_table[self.relative_position_index.view(-1)]
        return bias.view(self.max_seq_len, self.max_seq_len, -1).permute(2, 0, 1).contiguous().unsqueeze(0)

    def forward(self, x):
        b, groups, places, _ = x.shape
        split = []
        for one in self.to_qkv(x).chunk(3, dim=-1):
            split.append(one.reshape(b, groups, places, self.n_heads, self.head_dim).permute(0, 1, 3, 2, 4))
        q, k, v = split
        scores = q @ (k * self.scale_factor).transpose(-2, -1)
        out = F.softmax(scores + self.get_relative_positional_bias(), dim=-1) @ v
        return self.merge(out.permute(0, 1, 3, 2, 4).reshape(b, groups, places, -1))


class SwapAxes(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.a = a
        self.b = b

    def forward(self, x):
        return torch.swapaxes(x, self.a, self.b)


class WindowPartition(nn.Module):
    def forward(self, x, p):
        b, c, h, w = x.shape
        x = x.reshape(b, c, h // p, p, w // p, p).permute(0, 2, 4, 3, 5, 1)
        return x.reshape(b, (h // p) * (w // p), p * p, c)


class WindowDepartition(nn.Module):
    def forward(self, x, p, h_partitions, w_partitions):
        b, _, _, c = x.shape
        x = x.reshape(b, h_partitions, w_partitions, p, p, c).permute(0, 5, 1, 3, 2, 4)
        return x.reshape(b, c, h_partitions * p, w_partitions * p)


class PartitionAttentionLayer(nn.Module):
    """Attention within windows, or, with the axes swapped, between the like places of all windows."""

    def __init__(self, in_channels, head_dim, partition_size, partition_type, grid_size, mlp_ratio, activation_layer,
                 norm_layer, attention_dropout, mlp_dropout, p_stochastic_dropout):
        super().__init__()
        self.n_heads = in_channels // head_dim
        self.head_dim = head_dim
        self.n_partitions = grid_size[0] // partition_size
        self.partition_type = partition_type
        self.grid_size = grid_size
        window = partition_type == "window"
        self.p, self.g = (partition_size, self.n_partitions) if window else (self.n_partitions, partition_size)
        self.partition_op = WindowPartition()
        self.departition_op = WindowDepartition()
        self.partition_swap = nn.Identity() if window else SwapAxes(-2, -3)
        self.departition_swap = nn.Identity() if window else SwapAxes(-2, -3)
        self.attn_layer = nn.Sequential(
            norm_layer(in_channels),
            RelativePositionalMultiHeadAttention(in_channels, head_dim, partition_size**2),
            nn.Dropout(attention_dropout),
        )
        self.mlp_layer = nn.Sequential(
            nn.LayerNorm(in_channels),
            nn.Linear(in_channels, in_channels * mlp_ratio),
            activation_layer(),
            nn.Linear(in_channels * mlp_ratio, in_channels),
            nn.Dropout(mlp_dropout),
        )
        self.stochastic_dropout = StochasticDepth(p_stochastic_dropout, mode="row")

    def forward(self, x):
        rows, columns = self.grid_size[0] // self.p, self.grid_size[1] // self.p
        x = self.partition_swap(self.partition_op(x, self.p))
        x = x + self.stochastic_dropout(self.attn_layer(x))
        x = x + self.stochastic_dropout(self.mlp_layer(x))
        return self.departition_op(self.departition_swap(x), self.p, rows, columns)


class MaxVitLayer(nn.Module):
    def __init__(self, in_channels, out_channels, squeeze_ratio, expansion_ratio, stride, norm_layer, activation_layer,
                 head_dim, mlp_ratio, mlp_dropout, attention_dropout, p_stochastic_dropout, partition_size, grid_size):
        super().__init__()
        conv = MBConv(in_channels, out_channels, expansion_ratio, squeeze_ratio, stride, activation_layer, norm_layer,
                      p_stochastic_dropout)
        layers = [("MBconv", conv)]
        for kind in ("window", "grid"):
            attention = PartitionAttentionLayer(out_channels, head_dim, partition_size, kind, grid_size, mlp_ratio,
                                                activation_layer, nn.LayerNorm, attention_dropout, mlp_dropout,
                                                p_stochastic_dropout)
            layers.append((f"{kind}_attention", attention))
        self.layers = nn.Sequential(OrderedDict(layers))

    def forward(self, x):
        return self.layers(x)


class MaxVitBlock(nn.Module):
    def __init__(self, in_channels, out_channels, squeeze_ratio, expansion_ratio, norm_layer, activation_layer,
                 head_dim, mlp_ratio, mlp_dropout, attention_dropout, partition_size, input_grid_size, n_layers,
                 p_stochastic):
        super().__init__()
        self.grid_size = _halved(input_grid_size)
        self.layers = nn.ModuleList()
        for i, p in enumerate(p_stochastic):
            self.layers.append(
                MaxVitLayer(in_channels if i == 0 else out_channels, out_channels, squeeze_ratio, expansion_ratio,
                            2 if i == 0 else 1, norm_layer, activation_layer, head_dim, mlp_ratio, mlp_dropout,
                            attention_dropout, p, partition_size, self.grid_size)
            )

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class MaxVit(nn.Module):
    def __init__(self, input_size, stem_channels, partition_size, block_channels, block_layers, head_dim,
                 stochastic_depth_prob, norm_layer=None, activation_layer=nn.GELU, squeeze_ratio=0.25,
                 expansion_ratio=4, mlp_ratio=4, mlp_dropout=0.0, attention_dropout=0.0, num_classes=1000):
        super().__init__()
        norm_layer = norm_layer or partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
        self.partition_size = partition_size
        norm = {"norm_layer": norm_layer, "activation_layer": activation_layer, "bias": False, "inplace": None}
        self.stem = nn.Sequential(
            Conv2dNormActivation(3, stem_channels, 3, stride=2, **norm),
            Conv2dNormActivation(stem_channels, stem_channels, 3, norm_layer=None, activation_layer=None, bias=True),
        )
        size = _halved(input_size)
        total = sum(block_layers)
        probabilities = [stochastic_depth_prob * i / max(total - 1, 1) for i in range(total)]
        before = stem_channels
        self.blocks = nn.ModuleList()
        for channels, count in zip(block_channels, block_layers):
            block = MaxVitBlock(before, channels, squeeze_ratio, expansion_ratio, norm_layer, activation_layer,
                                head_dim, mlp_ratio, mlp_dropout, attention_dropout, partition_size, size, count,
                                probabilities[:count])
            self.blocks.append(block)
            probabilities = probabilities[count:]
            before = channels
            size = block.grid_size
            if size[0] % partition_size != 0 or size[1] % partition_size != 0:
                raise ValueError(f"Input size {size} is not divisible by the partition size {partition_size}.")
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.LayerNorm(before),
            nn.Linear(before, before),
            nn.Tanh(),
            nn.Linear(before, num_classes, bias=False),
        )

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.classifier(x)


def maxvit_t(weights=None, progress=True, **kwargs):
    if asked_weights(weights, kwargs) is not None:
        fixed_by_weights(kwargs, "num_classes", 1000)
        fixed_by_weights(kwargs, "input_size", (224, 224))
    size, depth = kwargs.pop("input_size", (224, 224)), kwargs.pop("stochastic_depth_prob", 0.2)
    return MaxVit(size, 64, 7, [64, 128, 256, 512], [2, 2, 5, 2], 32, depth, **kwargs)


registered("maxvit_t", maxvit_t)
