"""The blocks of EfficientNet and MobileNet."""

import torch.nn as nn
from timm.layers import (
    DropPath, create_aa, create_act_layer, create_conv2d, get_act_fn, get_norm_act_layer, make_divisible)


class SqueezeExcite(nn.Module):
    def __init__(self, in_chs, rd_ratio=0.25, rd_channels=None, act_layer=nn.ReLU, gate_layer=nn.Sigmoid,
                 force_act_layer=None, rd_round_fn=None, se_ratio=None, reduced_base_chs=None, gate_fn=None, divisor=1,
                 device=None, dtype=None):
        super().__init__()
        if se_ratio or reduced_base_chs or gate_fn or divisor != 1:  # as older versions take them
            inner = make_divisible((reduced_base_chs or in_chs) * (se_ratio or rd_ratio), divisor)
        else:
            inner = rd_channels or (rd_round_fn or round)(in_chs * rd_ratio)
        self.conv_reduce = nn.Conv2d(in_chs, inner, 1)
        self.act1 = create_act_layer(force_act_layer or act_layer, inplace=True)
        self.conv_expand = nn.Conv2d(inner, in_chs, 1)
        self.gate = create_act_layer(gate_layer) if gate_fn is None else get_act_fn(gate_fn)

    def forward(self, x):
        return x * self.gate(self.conv_expand(self.act1(self.conv_reduce(x.mean((2, 3), keepdim=True)))))


class ConvBnAct(nn.Module):
    def __init__(self, in_chs, out_chs, kernel_size, stride=1, dilation=1, group_size=0, pad_type="", skip=False,
                 act_layer=nn.ReLU, norm_layer=nn.BatchNorm2d, aa_layer=None, drop_path_rate=0.0, device=None,
                 dtype=None):
        super().__init__()
        blurs = aa_layer is not None and stride > 1
        self.has_skip = skip and stride == 1 and in_chs == out_chs
        self.conv = create_conv2d(in_chs, out_chs, kernel_size, stride=1 if blurs else stride, dilation=dilation,
                                  groups=in_chs // group_size if group_size else 1, padding=pad_type)
        self.bn1 = get_norm_act_layer(norm_layer, act_layer)(out_chs, inplace=True)
        self.aa = create_aa(aa_layer, channels=out_chs, stride=stride, enable=blurs)
        self.drop_path = DropPath(drop_path_rate) if drop_path_rate else nn.Identity()

    def forward(self, x):
        made = self.drop_path(self.aa(self.bn1(self.conv(x))))
        return made + x if self.has_skip else made


class DepthwiseSeparableConv(nn.Module):
    def __init__(self, in_chs, out_chs, dw_kernel_size=3, stride=1, dilation=1, group_size=1, pad_type="",
                 noskip=False, pw_kernel_size=1, pw_act=False, act_layer=nn.ReLU, norm_layer=nn.BatchNorm2d,
                 aa_layer=None, se_layer=None, drop_path_rate=0.0, device=None, dtype=None):
        super().__init__()
        make = get_norm_act_layer(norm_layer, act_layer)
        blurs = aa_layer is not None and stride > 1
        self.has_skip = stride == 1 and in_chs == out_chs and not noskip
        self.conv_dw = create_conv2d(in_chs, in_chs, dw_kernel_size, stride=1 if blurs else stride, dilation=dilation,
                                     padding=pad_type, groups=in_chs // group_size if group_size else 1)
        self.bn1 = make(in_chs, inplace=True)
        self.aa = create_aa(aa_layer, channels=out_chs, stride=stride, enable=blurs)
        self.se = se_layer(in_chs, act_layer=act_layer) if se_layer else nn.Identity()
        self.conv_pw = create_conv2d(in_chs, out_chs, pw_kernel_size, padding=pad_type)
        self.bn2 = make(out_chs, inplace=True, apply_act=pw_act)
        self.drop_path = DropPath(drop_path_rate) if drop_path_rate else nn.Identity()

    def forward(self, x):
        made = self.se(self.aa(self.bn1(self.conv_dw(x))))
        made = self.drop_path(self.bn2(self.conv_pw(made)))
        return made + x if self.has_skip else made


class InvertedResidual(nn.Module):
    def __init__(self, in_chs, out_chs, dw_kernel_size=3, stride=1, dilation=1, group_size=1, pad_type="",
                 noskip=False, exp_ratio=1.0, exp_kernel_size=1, pw_kernel_size=1, act_layer=nn.ReLU,
                 norm_layer=nn.BatchNorm2d, aa_layer=None, se_layer=None, conv_kwargs=None, drop_path_rate=0.0,
                 device=None, dtype=None):
        super().__init__()
        make, conv_kwargs = get_norm_act_layer(norm_layer, act_layer), conv_kwargs or {}
        middle = make_divisible(in_chs * exp_ratio)
        blurs = aa_layer is not None and stride > 1
        self.has_skip = stride == 1 and in_chs == out_chs and not noskip
        self.conv_pw = create_conv2d(in_chs, middle, exp_kernel_size, padding=pad_type, **conv_kwargs)
        self.bn1 = make(middle, inplace=True)
        self.conv_dw = create_conv2d(middle, middle, dw_kernel_size, stride=1 if blurs else stride, dilation=dilation,
                                     groups=middle // group_size if group_size else 1, padding=pad_type, **conv_kwargs)
        self.bn2 = make(middle, inplace=True)
        self.aa = create_aa(aa_layer, channels=middle, stride=stride, enable=blurs)
        self.se = se_layer(middle, act_layer=act_layer) if se_layer else nn.Identity()
        self.conv_pwl = create_conv2d(middle, out_chs, pw_kernel_size, padding=pad_type, **conv_kwargs)
        self.bn3 = make(out_chs, apply_act=False)
        self.drop_path = DropPath(drop_path_rate) if drop_path_rate else nn.Identity()

    def forward(self, x):
        made = self.bn1(self.conv_pw(x))
        made = self.se(self.aa(self.bn2(self.conv_dw(made))))
        made = self.drop_path(self.bn3(self.conv_pwl(made)))
        return made + x if self.has_skip else made


class EdgeResidual(nn.Module):
    def __init__(self, in_chs, out_chs, exp_kernel_size=3, stride=1, dilation=1, group_size=0, pad_type="",
                 force_in_chs=0, noskip=False, exp_ratio=1.0, pw_kernel_size=1, act_layer=nn.ReLU,
                 norm_layer=nn.BatchNorm2d, aa_layer=None, se_layer=None, drop_path_rate=0.0, device=None, dtype=None):
        super().__init__()
        make = get_norm_act_layer(norm_layer, act_layer)
        middle = make_divisible((force_in_chs or in_chs) * exp_ratio)
        blurs = aa_layer is not None and stride > 1
        self.has_skip = stride == 1 and in_chs == out_chs and not noskip
        self.conv_exp = create_conv2d(in_chs, middle, exp_kernel_size, stride=1 if blurs else stride,
                                      dilation=dilation, groups=middle // group_size if group_size else 1,
                                      padding=pad_type)
        self.bn1 = make(middle, inplace=True)
        self.aa = create_aa(aa_layer, channels=middle, stride=stride, enable=blurs)
        self.se = se_layer(middle, act_layer=act_layer) if se_layer else nn.Identity()
        self.conv_pwl = create_conv2d(middle, out_chs, pw_kernel_size, padding=pad_type)
        self.bn2 = make(out_chs, apply_act=False)
        self.drop_path = DropPath(drop_path_rate) if drop_path_rate else nn.Identity()

    def forward(self, x):
        made = self.se(self.aa(self.bn1(self.conv_exp(x))))
        made = self.drop_path(self.bn2(self.conv_pwl(made)))
        return made + x if self.has_skip else made
