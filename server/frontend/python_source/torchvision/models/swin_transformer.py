import math
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.models._api import WeightsEnum, variant
from torchvision.ops.misc import MLP, Permute
from torchvision.ops.stochastic_depth import StochasticDepth

Swin_T_Weights = Swin_S_Weights = Swin_B_Weights = WeightsEnum
Swin_V2_T_Weights = Swin_V2_S_Weights = Swin_V2_B_Weights = WeightsEnum


def _merged_patches(x):
    """Each 2x2 pixels as one with four times the channels; an odd edge is filled up."""
    h, w = x.shape[-3], x.shape[-2]
    x = F.pad(x, (0, 0, 0, w % 2, 0, h % 2))
    corners = [x[..., i::2, j::2, :] for j in (0, 1) for i in (0, 1)]
    return torch.cat(corners, -1)


class PatchMerging(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(4 * dim)

    def forward(self, x):
        return self.reduction(self.norm(_merged_patches(x)))


class PatchMergingV2(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(2 * dim)

    def forward(self, x):
        return self.norm(self.reduction(_merged_patches(x)))


def _region(size, window, shift, device):
    """Which of the three stretches of a shifted axis each place belongs to: only within one does attention look."""
    place = torch.arange(size, device=device)
    return (place >= size - window).long() + (place >= size - shift).long()


class ShiftedWindowAttention(nn.Module):
    def __init__(self, dim, window_size, shift_size, num_heads, qkv_bias=True, proj_bias=True, attention_dropout=0.0,
                 dropout=0.0):
        super().__init__()
        self.window_size = window_size
        self.shift_size = shift_size
        self.num_heads = num_heads
        self.attention_dropout = attention_dropout
        self.dropout = dropout
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)
        self.define_relative_position_bias_table()
        self.define_relative_position_index()

    def define_relative_position_bias_table(self):
        h, w = self.window_size
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * h - 1) * (2 * w - 1), self.num_heads))

    def define_relative_position_index(self):
        h, w = self.window_size
        y, x = torch.arange(h * w) // w, torch.arange(h * w) % w
        down, right = y[:, None] - y[None, :] + h - 1, x[:, None] - x[None, :] + w - 1
        self.register_buffer("relative_position_index", (down * (2 * w - 1) + right).flatten())

    def _bias_of(self, table):
        n = self.window_size[0] * self.window_size[1]
        return table[self.relative_position_index].view(n, n, -1).permute(2, 0, 1).contiguous().unsqueeze(0)

    def get_relative_position_bias(self):
        return self._bias_of(self.relative_position_bias_table)

    def _scores(self, x):
        """How much each place of a window attends to each other, and the values there."""
        n, length, channels = x.shape
        qkv = self.qkv(x).reshape(n, length, 3, self.num_heads, channels // self.num_heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        return (q * (channels // self.num_heads) ** -0.5) @ k.transpose(-2, -1), v

    def forward(self, x):
        b, h, w, channels = x.shape
        high, wide = self.window_size
        x = F.pad(x, (0, 0, 0, (wide - w % wide) % wide, 0, (high - h % high) % high))
        padded_h, padded_w = x.shape[1], x.shape[2]
        # A window that holds the whole image has nothing to be shifted to.
        down = 0 if high >= padded_h else self.shift_size[0]
        right = 0 if wide >= padded_w else self.shift_size[1]
        x = torch.roll(x, shifts=(-down, -right), dims=(1, 2))
        rows, columns = padded_h // high, padded_w // wide
        length = high * wide
        x = x.view(b, rows, high, columns, wide, channels).permute(0, 1, 3, 2, 4, 5)
        x = x.reshape(b * rows * columns, length, channels)
        scores, v = self._scores(x)
        scores = scores + self.get_relative_position_bias()
        if sum(self.shift_size) > 0:
            region = 3 * _region(padded_h, high, down, x.device)[:, None]
            region = region + _region(padded_w, wide, right, x.device)[None, :]
            region = region.view(rows, high, columns, wide).permute(0, 2, 1, 3).reshape(rows * columns, length)
            apart = (region[:, None, :] != region[:, :, None]).to(x.dtype) * -100.0
            scores = scores.view(b, rows * columns, self.num_heads, length, length) + apart[None, :, None]
            scores = scores.view(-1, self.num_heads, length, length)
        x = (F.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(-1, length, channels)
        x = self.proj(x).view(b, rows, columns, high, wide, channels).permute(0, 1, 3, 2, 4, 5)
        x = x.reshape(b, padded_h, padded_w, channels)
        return torch.roll(x, shifts=(down, right), dims=(1, 2))[:, :h, :w, :].contiguous()


class ShiftedWindowAttentionV2(ShiftedWindowAttention):
    def __init__(self, dim, window_size, shift_size, num_heads, *args, **kwargs):
        super().__init__(dim, window_size, shift_size, num_heads, *args, **kwargs)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones((num_heads, 1, 1))))
        self.cpb_mlp = nn.Sequential(
            nn.Linear(2, 512, bias=True), nn.ReLU(inplace=True), nn.Linear(512, num_heads, bias=False)
        )

    def define_relative_position_bias_table(self):
        h, w = self.window_size
        down = torch.arange(-(h - 1), h, dtype=torch.float32) / (h - 1)
        right = torch.arange(-(w - 1), w, dtype=torch.float32) / (w - 1)
        far = torch.stack(torch.meshgrid(down, right, indexing="ij"), -1).unsqueeze(0) * 8
        self.register_buffer("relative_coords_table", torch.sign(far) * torch.log2(far.abs() + 1.0) / 3.0)

    def get_relative_position_bias(self):
        return 16 * torch.sigmoid(self._bias_of(self.cpb_mlp(self.relative_coords_table).view(-1, self.num_heads)))

    def _scores(self, x):
        n, length, channels = x.shape
        bias = self.qkv.bias
        if bias is not None:
            # Keys have none.
            q, _, v = bias.chunk(3)
            bias = torch.cat([q, torch.zeros_like(q), v])
        qkv = F.linear(x, self.qkv.weight, bias)
        qkv = qkv.reshape(n, length, 3, self.num_heads, channels // self.num_heads).permute(2, 0, 3, 1, 4)
        alike = F.normalize(qkv[0], dim=-1) @ F.normalize(qkv[1], dim=-1).transpose(-2, -1)
        return alike * torch.clamp(self.logit_scale, max=math.log(100.0)).exp(), qkv[2]


class SwinTransformerBlock(nn.Module):
    def __init__(self, dim, num_heads, window_size, shift_size, mlp_ratio=4.0, dropout=0.0, attention_dropout=0.0,
                 stochastic_depth_prob=0.0, norm_layer=nn.LayerNorm, attn_layer=ShiftedWindowAttention):
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = attn_layer(dim, window_size, shift_size, num_heads, attention_dropout=attention_dropout,
                               dropout=dropout)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.norm2 = norm_layer(dim)
        self.mlp = MLP(dim, [int(dim * mlp_ratio), dim], activation_layer=nn.GELU, dropout=dropout)

    def forward(self, x):
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformerBlockV2(SwinTransformerBlock):
    def __init__(self, *args, attn_layer=ShiftedWindowAttentionV2, **kwargs):
        super().__init__(*args, attn_layer=attn_layer, **kwargs)

    def forward(self, x):
        x = x + self.stochastic_depth(self.norm1(self.attn(x)))
        return x + self.stochastic_depth(self.norm2(self.mlp(x)))


class SwinTransformer(nn.Module):
    def __init__(self, patch_size, embed_dim, depths, num_heads, window_size, mlp_ratio=4.0, dropout=0.0,
                 attention_dropout=0.0, stochastic_depth_prob=0.1, num_classes=1000, norm_layer=None, block=None,
                 downsample_layer=PatchMerging):
        super().__init__()
        self.num_classes = num_classes
        block = block or SwinTransformerBlock
        norm_layer = norm_layer or partial(nn.LayerNorm, eps=1e-5)
        patches = nn.Conv2d(3, embed_dim, kernel_size=tuple(patch_size), stride=tuple(patch_size))
        layers = [nn.Sequential(patches, Permute([0, 2, 3, 1]), norm_layer(embed_dim))]
        total = sum(depths)
        made = 0
        for stage, depth in enumerate(depths):
            dim = embed_dim * 2**stage
            blocks = []
            for i in range(depth):
                shift = [0 if i % 2 == 0 else w // 2 for w in window_size]
                prob = stochastic_depth_prob * float(made) / (total - 1)
                blocks.append(block(dim, num_heads[stage], window_size, shift, mlp_ratio, dropout, attention_dropout,
                                    prob, norm_layer))
                made += 1
            layers.append(nn.Sequential(*blocks))
            if stage < len(depths) - 1:
                layers.append(downsample_layer(dim, norm_layer))
        self.features = nn.Sequential(*layers)
        width = embed_dim * 2 ** (len(depths) - 1)
        self.norm = norm_layer(width)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten(1)
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.permute(self.norm(self.features(x)))
        return self.head(self.flatten(self.avgpool(x)))


def _swin(embed_dim, depth, num_heads, window, stochastic_depth_prob, **kwargs):
    heads = [num_heads * 2**i for i in range(4)]
    prob = kwargs.pop("stochastic_depth_prob", stochastic_depth_prob)
    return SwinTransformer([4, 4], embed_dim, [2, 2, depth, 2], heads, [window, window], stochastic_depth_prob=prob,
                           **kwargs)


def _swin_v2(*sizes, **kwargs):
    return _swin(*sizes, **{"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2, **kwargs})


swin_t = variant("swin_t", _swin, 96, 6, 3, 7, 0.2)
swin_s = variant("swin_s", _swin, 96, 18, 3, 7, 0.3)
swin_b = variant("swin_b", _swin, 128, 18, 4, 7, 0.5)
swin_v2_t = variant("swin_v2_t", _swin_v2, 96, 6, 3, 8, 0.2)
swin_v2_s = variant("swin_v2_s", _swin_v2, 96, 18, 3, 8, 0.3)
swin_v2_b = variant("swin_v2_b", _swin_v2, 128, 18, 4, 8, 0.5)
