"""The parts of timm's vision transformer that other people's models are made of."""

from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.data.constants import IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
from timm.layers import (
    DropPath, LayerScale, Mlp, PatchDropout, PatchEmbed, calculate_drop_path_rates, get_act_layer, get_norm_layer,
    lecun_normal_, resample_abs_pos_embed, to_2tuple, trunc_normal_, use_fused_attn)
from timm.models._builder import build_model_with_cfg
from timm.models._manipulate import checkpoint_seq, named_apply


def _cfg(url="", **kwargs):
    return {"url": url, "num_classes": 1000, "input_size": (3, 224, 224), "pool_size": None, "crop_pct": 0.9,
            "interpolation": "bicubic", "fixed_input_size": True, "mean": IMAGENET_INCEPTION_MEAN,
            "std": IMAGENET_INCEPTION_STD, "first_conv": "patch_embed.proj", "classifier": "head", **kwargs}


default_cfgs = {}


def checkpoint_filter_fn(state_dict, model, *args, **kwargs):
    return state_dict


class Attention(nn.Module):
    def __init__(self, dim, num_heads=8, qkv_bias=False, qk_norm=False, proj_bias=True, attn_drop=0.0, proj_drop=0.0,
                 norm_layer=nn.LayerNorm, qk_scale=None, scale_norm=False, attn_head_dim=None, dim_out=None,
                 device=None, dtype=None):
        super().__init__()
        self.num_heads = num_heads
        self.head_dim = attn_head_dim or dim // num_heads
        self.attn_dim = num_heads * self.head_dim
        self.scale = qk_scale or self.head_dim**-0.5
        self.fused_attn = False
        self.qkv = nn.Linear(dim, self.attn_dim * 3, bias=qkv_bias)
        self.q_norm = norm_layer(self.head_dim) if qk_norm else nn.Identity()
        self.k_norm = norm_layer(self.head_dim) if qk_norm else nn.Identity()
        self.attn_drop = nn.Dropout(attn_drop)
        self.norm = norm_layer(self.attn_dim) if scale_norm else nn.Identity()
        self.proj = nn.Linear(self.attn_dim, dim_out or dim, bias=proj_bias)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x, attn_mask=None, is_causal=False):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        x = F.scaled_dot_product_attention(self.q_norm(q), self.k_norm(k), v, attn_mask=attn_mask, is_causal=is_causal,
                                           scale=self.scale)
        return self.proj_drop(self.proj(self.norm(x.transpose(1, 2).reshape(B, N, self.attn_dim))))


class Block(nn.Module):
    def __init__(self, dim, num_heads, mlp_ratio=4.0, qkv_bias=False, qk_norm=False, proj_bias=True, proj_drop=0.0,
                 attn_drop=0.0, init_values=None, drop_path=0.0, act_layer=nn.GELU, norm_layer=nn.LayerNorm,
                 mlp_layer=Mlp, drop=0.0, qk_scale=None, scale_attn_norm=False, scale_mlp_norm=False,
                 attn_layer=Attention, depth=0, device=None, dtype=None):
        super().__init__()
        drop = proj_drop or drop
        self.norm1 = norm_layer(dim)
        self.attn = self._attention(attn_layer, dim, num_heads, qkv_bias=qkv_bias, attn_drop=attn_drop, proj_drop=drop,
                                    norm_layer=norm_layer, qk_norm=qk_norm, proj_bias=proj_bias, qk_scale=qk_scale,
                                    scale_norm=scale_attn_norm)
        self.ls1 = LayerScale(dim, init_values) if init_values else nn.Identity()
        self.drop_path1 = DropPath(drop_path) if drop_path > 0.0 else nn.Identity()
        self.drop_path = self.drop_path1
        self.norm2 = norm_layer(dim)
        self.mlp = mlp_layer(in_features=dim, hidden_features=int(dim * mlp_ratio), act_layer=act_layer, drop=drop,
                             **({"norm_layer": norm_layer} if scale_mlp_norm else {}),
                             **({} if proj_bias else {"bias": proj_bias}))
        self.ls2 = LayerScale(dim, init_values) if init_values else nn.Identity()
        self.drop_path2 = DropPath(drop_path) if drop_path > 0.0 else nn.Identity()

    def _attention(self, attn_layer, *args, **kwargs):
        if isinstance(attn_layer, str):
            attn_layer = Attention
        if not issubclass(attn_layer, Attention):
            kwargs.pop("qk_scale")  # which only older ones take
        return attn_layer(*args, **kwargs)

    def forward(self, x, attn_mask=None, is_causal=False):
        attended = self.norm1(x)
        if attn_mask is None and not is_causal:
            attended = self.attn(attended)
        else:
            attended = self.attn(attended, attn_mask=attn_mask, is_causal=is_causal)
        x = x + self.drop_path1(self.ls1(attended))
        return x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, img_size=224, patch_size=16, in_chans=3, num_classes=1000, global_pool="token", embed_dim=768,
                 depth=12, num_heads=12, mlp_ratio=4.0, qkv_bias=True, qk_norm=False, proj_bias=True, init_values=None,
                 class_token=True, no_embed_class=False, reg_tokens=0, pre_norm=False, fc_norm=None, drop_rate=0.0,
                 pos_drop_rate=0.0, proj_drop_rate=0.0, attn_drop_rate=0.0, drop_path_rate=0.0, weight_init="",
                 embed_layer=PatchEmbed, norm_layer=None, act_layer=None, block_fn=Block, mlp_layer=Mlp, qk_scale=None,
                 pos_embed="learn", final_norm=True, dynamic_img_size=False, dynamic_img_pad=False, patch_drop_rate=0.0,
                 representation_size=None, distilled=False, embed_norm_layer=None, scale_attn_norm=False,
                 scale_mlp_norm=False, attn_layer=None, pool_include_prefix=False, fix_init=False, device=None,
                 dtype=None):
        super().__init__()
        if representation_size or distilled or global_pool in ("map", "prr"):
            raise NotImplementedError("this kind of timm's VisionTransformer is not served; give its source file")
        norm_layer = get_norm_layer(norm_layer) or partial(nn.LayerNorm, eps=1e-6)
        act_layer = get_act_layer(act_layer) or nn.GELU
        use_fc_norm = global_pool in ("avg", "avgmax", "max") if fc_norm is None else fc_norm
        self.num_classes = num_classes
        self.global_pool = global_pool
        self.num_features = self.head_hidden_size = self.embed_dim = embed_dim
        self.num_prefix_tokens = (1 if class_token else 0) + reg_tokens
        self.num_reg_tokens = reg_tokens
        self.num_tokens = self.num_prefix_tokens
        self.has_class_token = class_token
        self.no_embed_class = no_embed_class
        self.pool_include_prefix = pool_include_prefix
        self.dynamic_img_size = dynamic_img_size
        self.grad_checkpointing = False
        embed_args = {}
        if dynamic_img_size:
            embed_args.update(strict_img_size=False, output_fmt="NHWC")
        if embed_norm_layer is not None:
            embed_args.update(norm_layer=embed_norm_layer)
        if dynamic_img_pad:
            embed_args.update(dynamic_img_pad=True)
        self.patch_embed = embed_layer(img_size=img_size, patch_size=patch_size, in_chans=in_chans, embed_dim=embed_dim,
                                       **({"bias": False} if pre_norm else {}), **embed_args)
        num_patches = self.patch_embed.num_patches
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dim)) if class_token else None
        self.reg_token = nn.Parameter(torch.zeros(1, reg_tokens, embed_dim)) if reg_tokens else None
        embed_len = num_patches if no_embed_class else num_patches + self.num_prefix_tokens
        learns = bool(pos_embed) and pos_embed != "none"
        self.pos_embed = nn.Parameter(torch.randn(1, embed_len, embed_dim) * 0.02) if learns else None
        self.pos_drop = nn.Dropout(pos_drop_rate or drop_rate)
        self.patch_drop = nn.Identity()
        self.norm_pre = norm_layer(embed_dim) if pre_norm else nn.Identity()
        rates = calculate_drop_path_rates(drop_path_rate, depth)
        # What only some take of those that may stand for Block.
        asked = {"init_values": init_values, "qk_norm": qk_norm, "qk_scale": qk_scale, "attn_layer": attn_layer,
                 "scale_attn_norm": scale_attn_norm, "scale_mlp_norm": scale_mlp_norm}
        asked = {name: value for name, value in asked.items() if value}
        if not proj_bias:
            asked["proj_bias"] = False
        if mlp_layer is not Mlp:
            asked["mlp_layer"] = mlp_layer
        self.blocks = nn.Sequential(*[
            block_fn(dim=embed_dim, num_heads=num_heads, mlp_ratio=mlp_ratio, qkv_bias=qkv_bias, drop_path=rates[i],
                     norm_layer=norm_layer, act_layer=act_layer, **asked) for i in range(depth)])
        self.norm = norm_layer(embed_dim) if final_norm and not use_fc_norm else nn.Identity()
        self.pre_logits = nn.Identity()
        self.fc_norm = norm_layer(embed_dim) if final_norm and use_fc_norm else nn.Identity()
        self.head_drop = nn.Dropout(drop_rate)
        self.head = nn.Linear(embed_dim, num_classes) if num_classes > 0 else nn.Identity()

    def _init_weights(self, m):
        pass

    def init_weights(self, mode=""):
        pass

    def no_weight_decay(self):
        return {"pos_embed", "cls_token", "dist_token"}

    def set_grad_checkpointing(self, enable=True):
        pass

    def get_classifier(self):
        return self.head

    def reset_classifier(self, num_classes, global_pool=None):
        self.num_classes = num_classes
        if global_pool is not None:
            self.global_pool = global_pool
        self.head = nn.Linear(self.embed_dim, num_classes) if num_classes > 0 else nn.Identity()

    def _pos_embed(self, x):
        pos_embed = self.pos_embed
        if x.dim() == 4:
            # Of a dynamic_img_size: a grid, with the channels last.
            B, H, W, C = x.shape
            if pos_embed is not None:
                pos_embed = resample_abs_pos_embed(pos_embed, (H, W), self.patch_embed.grid_size,
                                                   0 if self.no_embed_class else self.num_prefix_tokens)
            x = x.reshape(B, -1, C)
        prefix = []
        if self.cls_token is not None:
            prefix.append(self.cls_token.expand(x.shape[0], -1, -1))
        if self.reg_token is not None:
            prefix.append(self.reg_token.expand(x.shape[0], -1, -1))
        if self.no_embed_class and pos_embed is not None:
            x = x + pos_embed
        x = torch.cat(prefix + [x], dim=1) if prefix else x
        if not self.no_embed_class and pos_embed is not None:
            x = x + pos_embed
        return self.pos_drop(x)

    def forward_features(self, x, attn_mask=None):
        x = self.norm_pre(self.patch_drop(self._pos_embed(self.patch_embed(x))))
        if attn_mask is None:
            return self.norm(self.blocks(x))
        for block in self.blocks:
            x = block(x, attn_mask=attn_mask)
        return self.norm(x)

    def get_intermediate_layers(self, x, n=1, reshape=False, return_prefix_tokens=False, norm=False, attn_mask=None):
        depth = len(self.blocks)
        wanted = list(range(depth - n, depth)) if isinstance(n, int) else [depth + i if i < 0 else i for i in n]
        H, W = self.patch_embed.dynamic_feat_size(x.shape[-2:])
        x = self.norm_pre(self._pos_embed(self.patch_embed(x)))
        outputs = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in wanted:
                outputs.append(self.norm(x) if norm else x)
        prefixes = [out[:, :self.num_prefix_tokens] for out in outputs]
        outputs = [out[:, self.num_prefix_tokens:] for out in outputs]
        if reshape:
            outputs = [out.reshape(out.shape[0], H, W, -1).permute(0, 3, 1, 2) for out in outputs]
        return tuple(zip(outputs, prefixes)) if return_prefix_tokens else tuple(outputs)

    def pool(self, x, pool_type=None):
        kind = self.global_pool if pool_type is None else pool_type
        if not kind:
            return x
        if kind == "token":
            return x[:, 0]
        x = x if self.pool_include_prefix else x[:, self.num_prefix_tokens:]
        if kind == "max":
            return x.amax(dim=1)
        return x.mean(dim=1) if kind == "avg" else 0.5 * (x.amax(dim=1) + x.mean(dim=1))

    def forward_head(self, x, pre_logits=False):
        if x.dim() == 2:
            return x if pre_logits else self.head(x)  # of code for older versions, which pools on its own
        x = self.head_drop(self.fc_norm(self.pool(x)))
        return x if pre_logits else self.head(x)

    def forward(self, x, attn_mask=None):
        # Those that others write in its place may take the image alone.
        x = self.forward_features(x) if attn_mask is None else self.forward_features(x, attn_mask=attn_mask)
        return self.forward_head(x)


def _create_vision_transformer(variant, pretrained=False, **kwargs):
    return build_model_with_cfg(VisionTransformer, variant, pretrained, **kwargs)


_sizes = {"tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12), "large": (1024, 24, 16),
          "huge": (1280, 32, 16)}


def by_name(name, kwargs):
    """vit_base_patch16_224, deit_tiny_patch16_224, vit_small_patch14_dinov2, ...; None of other names."""
    parts = name.split("_")
    for suffix in ("in21k", "dino"):
        if parts[-1] == suffix:
            parts.pop()
    known = len(parts) in (4, 5) and parts[0] in ("vit", "deit", "deit3") and parts[1] in _sizes
    if not known or not parts[2].startswith("patch"):
        return None
    if kwargs.pop("features_only", False):
        raise NotImplementedError("timm's features_only is not served of vision transformers")
    dim, depth, heads = _sizes[parts[1]]
    args = {"embed_dim": dim, "depth": depth, "num_heads": heads, "patch_size": int(parts[2][5:])}
    kind = parts[3] if len(parts) == 5 else ""
    if parts[-1] == "dinov2" and kind in ("", "reg4"):
        args.update(img_size=518, init_values=1e-5, num_classes=0)
        if kind:
            args.update(reg_tokens=4, no_embed_class=True)
    elif parts[-1].isdigit() and kind in ("", "clip"):
        args.update(img_size=int(parts[-1]))
        if kind:
            args.update(pre_norm=True, norm_layer=nn.LayerNorm)
        if parts[0] == "deit3":
            args.update(no_embed_class=True, init_values=1e-6)
    else:
        return None
    return VisionTransformer(**{**args, **kwargs})


def _named(name):
    def make(pretrained=False, **kwargs):
        return by_name(name, kwargs)

    return make


vit_tiny_patch16_224 = _named("vit_tiny_patch16_224")
vit_small_patch16_224 = _named("vit_small_patch16_224")
vit_small_patch32_224 = _named("vit_small_patch32_224")
vit_base_patch8_224 = _named("vit_base_patch8_224")
vit_base_patch16_224 = _named("vit_base_patch16_224")
vit_base_patch16_384 = _named("vit_base_patch16_384")
vit_base_patch32_224 = _named("vit_base_patch32_224")
vit_large_patch16_224 = _named("vit_large_patch16_224")
vit_large_patch16_384 = _named("vit_large_patch16_384")
vit_huge_patch14_224 = _named("vit_huge_patch14_224")
deit_tiny_patch16_224 = _named("deit_tiny_patch16_224")
deit_small_patch16_224 = _named("deit_small_patch16_224")
deit_base_patch16_224 = _named("deit_base_patch16_224")
