import torch.nn as nn
import torch.nn.functional as F
from timm.layers import to_2tuple
from timm.layers.format import nchw_to


class PatchEmbed(nn.Module):
    """An image as a row of the embeddings of its patches."""

    def __init__(self, img_size=224, patch_size=16, in_chans=3, embed_dim=768, norm_layer=None, flatten=True,
                 output_fmt=None, bias=True, strict_img_size=True, dynamic_img_pad=False, device=None, dtype=None):
        super().__init__()
        self.patch_size = to_2tuple(patch_size)
        self.img_size = None if img_size is None else to_2tuple(img_size)
        self.grid_size = None
        self.num_patches = None
        if img_size is not None:
            self.grid_size = (self.img_size[0] // self.patch_size[0], self.img_size[1] // self.patch_size[1])
            self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.flatten = flatten and output_fmt is None
        self.output_fmt = output_fmt or "NCHW"
        self.strict_img_size = strict_img_size
        self.dynamic_img_pad = dynamic_img_pad
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=self.patch_size, stride=self.patch_size, bias=bias)
        self.norm = norm_layer(embed_dim) if norm_layer else nn.Identity()

    def feat_ratio(self, as_scalar=True):
        return max(self.patch_size) if as_scalar else self.patch_size

    def dynamic_feat_size(self, img_size):
        (H, W), (h, w) = img_size, self.patch_size
        return ((H + h - 1) // h, (W + w - 1) // w) if self.dynamic_img_pad else (H // h, W // w)

    def forward(self, x):
        if self.dynamic_img_pad:
            H, W = x.shape[-2:]
            h, w = self.patch_size
            x = F.pad(x, (0, (w - W % w) % w, 0, (h - H % h) % h))
        x = self.proj(x)
        x = x.flatten(2).transpose(1, 2) if self.flatten else nchw_to(x, self.output_fmt)
        return self.norm(x)


class PatchEmbedWithSize(PatchEmbed):
    def forward(self, x):
        x = self.proj(x)
        size = x.shape[-2:]
        x = x.flatten(2).transpose(1, 2) if self.flatten else nchw_to(x, self.output_fmt)
        return self.norm(x), size
