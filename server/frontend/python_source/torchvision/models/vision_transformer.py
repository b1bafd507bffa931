from collections import OrderedDict, namedtuple
from functools import partial

import torch
import torch.nn as nn
from torchvision.models._api import WeightsEnum, asked_weights, fixed_by_weights, registered
from torchvision.ops.misc import MLP, Conv2dNormActivation

ViT_B_16_Weights = ViT_B_32_Weights = ViT_L_16_Weights = ViT_L_32_Weights = ViT_H_14_Weights = WeightsEnum
ConvStemConfig = namedtuple("ConvStemConfig",
                            ["out_channels", "kernel_size", "stride", "norm_layer", "activation_layer"],
                            defaults=[nn.BatchNorm2d, nn.ReLU])


class MLPBlock(MLP):
    def __init__(self, in_dim, mlp_dim, dropout):
        super().__init__(in_dim, [mlp_dim, in_dim], activation_layer=nn.GELU, dropout=dropout)


class EncoderBlock(nn.Module):
    def __init__(self, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout,
                 norm_layer=partial(nn.LayerNorm, eps=1e-6)):
        super().__init__()
        self.num_heads = num_heads
        self.ln_1 = norm_layer(hidden_dim)
        self.self_attention = nn.MultiheadAttention(hidden_dim, num_heads, dropout=attention_dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.ln_2 = norm_layer(hidden_dim)
        self.mlp = MLPBlock(hidden_dim, mlp_dim, dropout)

    def forward(self, input):
        x = self.ln_1(input)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        x = self.dropout(x) + input
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    def __init__(self, seq_length, num_layers, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout,
                 norm_layer=partial(nn.LayerNorm, eps=1e-6)):
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.zeros(1, seq_length, hidden_dim))
        self.dropout = nn.Dropout(dropout)
        sizes = (num_heads, hidden_dim, mlp_dim, dropout, attention_dropout, norm_layer)
        layers = [(f"encoder_layer_{i}", EncoderBlock(*sizes)) for i in range(num_layers)]
        self.layers = nn.Sequential(OrderedDict(layers))
        self.ln = norm_layer(hidden_dim)

    def forward(self, input):
        return self.ln(self.layers(self.dropout(input + self.pos_embedding)))


class VisionTransformer(nn.Module):
    def __init__(self, image_size, patch_size, num_layers, num_heads, hidden_dim, mlp_dim, dropout=0.0,
                 attention_dropout=0.0, num_classes=1000, representation_size=None,
                 norm_layer=partial(nn.LayerNorm, eps=1e-6), conv_stem_configs=None):
        super().__init__()
        self.image_size = image_size
        self.patch_size = patch_size
        self.hidden_dim = hidden_dim
        self.mlp_dim = mlp_dim
        self.attention_dropout = attention_dropout
        self.dropout = dropout
        self.num_classes = num_classes
        self.representation_size = representation_size
        self.norm_layer = norm_layer
        if conv_stem_configs is not None:
            stem, before = [], 3
            for i, one in enumerate(conv_stem_configs):
                layer = Conv2dNormActivation(before, one.out_channels, kernel_size=one.kernel_size, stride=one.stride,
                                             norm_layer=one.norm_layer, activation_layer=one.activation_layer)
                stem.append((f"conv_bn_relu_{i}", layer))
                before = one.out_channels
            stem.append(("conv_last", nn.Conv2d(before, hidden_dim, kernel_size=1)))
            self.conv_proj = nn.Sequential(OrderedDict(stem))
        else:
            self.conv_proj = nn.Conv2d(3, hidden_dim, kernel_size=patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, hidden_dim))
        self.seq_length = (image_size // patch_size) ** 2 + 1
        self.encoder = Encoder(self.seq_length, num_layers, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout,
                               norm_layer)
        if representation_size is None:
            heads = [("head", nn.Linear(hidden_dim, num_classes))]
        else:
            heads = [
                ("pre_logits", nn.Linear(hidden_dim, representation_size)),
                ("act", nn.Tanh()),
                ("head", nn.Linear(representation_size, num_classes)),
            ]
        self.heads = nn.Sequential(OrderedDict(heads))

    def _process_input(self, x):
        return self.conv_proj(x).flatten(2).permute(0, 2, 1)

    def forward(self, x):
        x = self._process_input(x)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.heads(self.encoder(x)[:, 0])


def _vit(name, patch_size, num_layers, num_heads, hidden_dim, fine_tuned=224, default=224):
    """The weights decide the size of the image: those fine-tuned from end to end are of larger ones."""
    sizes = {"IMAGENET1K_SWAG_E2E_V1": fine_tuned, "DEFAULT": default}

    def build(weights=None, progress=True, **kwargs):
        asked = asked_weights(weights, kwargs)
        if asked is not None:
            fixed_by_weights(kwargs, "num_classes", 1000)
            fixed_by_weights(kwargs, "image_size", sizes.get(asked.name, 224))
        size = kwargs.pop("image_size", 224)
        return VisionTransformer(size, patch_size, num_layers, num_heads, hidden_dim, 4 * hidden_dim, **kwargs)

    return registered(name, build)


vit_b_16 = _vit("vit_b_16", 16, 12, 12, 768, fine_tuned=384)
vit_b_32 = _vit("vit_b_32", 32, 12, 12, 768)
vit_l_16 = _vit("vit_l_16", 16, 24, 16, 1024, fine_tuned=512)
vit_l_32 = _vit("vit_l_32", 32, 24, 16, 1024)
vit_h_14 = _vit("vit_h_14", 14, 32, 16, 1280, fine_tuned=518, default=518)


def interpolate_embeddings(image_size, patch_size, model_state, interpolation_mode="bicubic", reset_heads=False):
    """The weights of another size of image; those that are served have theirs already."""
    return model_state
