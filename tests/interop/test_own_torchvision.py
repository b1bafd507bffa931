"""Sconce's own torchvision against the real one: networks built from source and from pickled objects have the same weights
and give the same results."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch
import torchvision
from source_models import build, difference

pytestmark = pytest.mark.filterwarnings("ignore")
torch.set_num_threads(1)

HEAD = "import torch\nimport torch.nn as nn\nimport torchvision\nfrom torchvision import models\n\n"

# Calls of torchvision.models, small ones where the class allows it, and the size of the image.
NETWORKS = {
    "alexnet()": 64,
    "vgg11_bn(num_classes=7, init_weights=False)": 32,
    "resnet18()": 64,
    "ResNet(models.resnet.Bottleneck, [1, 2, 2, 1], 5, groups=2, width_per_group=32,"
    " replace_stride_with_dilation=[False, True, True])": 64,
    "squeezenet1_1(num_classes=4)": 64,
    "DenseNet(8, (2, 2, 2, 3), 16)": 64,
    "inception_v3(init_weights=False)": 96,
    "googlenet(init_weights=False, transform_input=True)": 64,
    "mobilenet_v2(width_mult=0.5)": 64,
    "mobilenet_v3_small()": 64,
    "shufflenet_v2_x0_5()": 64,
    "efficientnet_b0()": 64,
    "efficientnet_v2_s()": 64,
    "mnasnet0_5()": 64,
    "regnet_y_400mf()": 64,
    "ConvNeXt([models.convnext.CNBlockConfig(8, 16, 2), models.convnext.CNBlockConfig(16, None, 1)], layer_scale=0.5)": 64,
    "VisionTransformer(32, 8, 2, 4, 32, 64, representation_size=16)": 32,
    "SwinTransformer([4, 4], 12, [2, 2], [2, 4], [7, 7])": 70,
    "SwinTransformer([4, 4], 12, [2, 2], [2, 4], [4, 4], block=models.swin_transformer.SwinTransformerBlockV2,"
    " downsample_layer=models.swin_transformer.PatchMergingV2)": 70,
    "MaxVit((64, 64), 16, 4, [16, 32], [1, 2], 8, 0.2)": 64,
    "segmentation.fcn_resnet50(weights_backbone=None, aux_loss=True)": 64,
    "segmentation.deeplabv3_mobilenet_v3_large(weights_backbone=None)": 64,
    "segmentation.lraspp_mobilenet_v3_large(weights_backbone=None)": 64,
    "video.r2plus1d_18()": (4, 32),
    "video.mc3_18()": (4, 32),
}

# What people make of them: what __init__ and forward do.
USES = {
    "new head": ("self.net = models.resnet18(weights=None)\nself.net.fc = nn.Linear(self.net.fc.in_features, 10)",
                 "return self.net(x)"),
    "by name": ("self.net = models.__dict__['shufflenet_v2_x1_0'](num_classes=10)\n"
                "self.other = getattr(models, 'squeezenet1_0')(weights=None, progress=False)",
                "return self.net(x), self.other(x)"),
    "children": ("self.net = nn.Sequential(*list(models.resnet18().children())[:-2])", "return self.net(x).mean((2, 3))"),
    "slice": ("self.net = models.mobilenet_v3_small().features[:6]\nself.net[2] = nn.Conv2d(16, 24, 1)", "return self.net(x)"),
    "last layer": ("self.net = models.mobilenet_v2()\nself.net.classifier[1] = nn.Linear(self.net.last_channel, 5)",
                   "return self.net(x), self.net.features[:5](x)"),
    "layer getter": ("from torchvision.models._utils import IntermediateLayerGetter\n"
                     "self.net = IntermediateLayerGetter(models.resnet18(), {'layer2': 'low', 'layer3': 'out'})",
                     "found = self.net(x)\nreturn found['out'], found['low']"),
    "extractor": ("from torchvision.models.feature_extraction import create_feature_extractor\n"
                  "self.net = create_feature_extractor(models.resnet18(), ['layer1.0.relu_1', 'layer1', 'layer3'])",
                  "return list(self.net(x).values())"),
    "parts": ("from torchvision.models.resnet import BasicBlock, Bottleneck\n"
              "from torchvision.models.inception import InceptionA\n"
              "self.net = nn.Sequential(BasicBlock(3, 3), Bottleneck(3, 2, downsample=nn.Conv2d(3, 8, 1)), InceptionA(8, 4))",
              "return self.net(x)"),
    "pyramid": ("self.net = models._utils.IntermediateLayerGetter(models.resnet18(), {'layer2': 'a', 'layer3': 'b'})\n"
                "self.fpn = torchvision.ops.FeaturePyramidNetwork([128, 256], 8)", "return self.fpn(self.net(x))"),
    "blocks": ("from torchvision.ops import MLP, Conv2dNormActivation, FrozenBatchNorm2d, Permute, SqueezeExcitation\n"
               "self.net = nn.Sequential(Conv2dNormActivation(3, 8, (3, 5), norm_layer=FrozenBatchNorm2d),"
               " SqueezeExcitation(8, 4), Permute([0, 2, 3, 1]), MLP(8, [16, 4], norm_layer=nn.LayerNorm))",
               "return self.net(x)"),
    "transforms": ("from torchvision.transforms import CenterCrop, Compose, Grayscale, Normalize, Resize\n"
                   "self.prepare = Compose([Resize(40), CenterCrop(32), Normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.4])])",
                   "from torchvision.transforms import functional as F\nx = x[..., :50]\n"
                   "return self.prepare(x), F.pad(x, [1, 2]), F.hflip(x), F.rgb_to_grayscale(x), F.resize(x, [9, 70]),"
                   " F.gaussian_blur(x, [3, 5]), F.center_crop(x, 60)"),
}


def source_of(number, name):
    if name in NETWORKS:
        return f"def Net{number}():\n    return models.{name}\n"
    init, forward = (text.replace("\n", "\n        ") for text in USES[name])
    return (f"class Net{number}(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"        {init}\n\n    def forward(self, x):\n        {forward}\n")


def calibrated(module, image):
    """Statistics of the image itself, so that no signal fades on its way, and nothing that is zero."""
    norms = [one for one in module.modules() if isinstance(one, torch.nn.modules.batchnorm._BatchNorm)]
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() < 2 or not parameter.any():
                parameter.add_(torch.randn_like(parameter) * 0.02)
        module.eval()
        for norm in norms:
            norm.momentum = 1.0
            norm.train()
        if norms:
            module(torch.cat([image, image * 1.1]))
    return module.eval()


def image_of(name):
    torch.manual_seed(1)
    size = NETWORKS.get(name, 64)
    return torch.randn(1, 3, size[0], size[1], size[1]) if isinstance(size, tuple) else torch.randn(1, 3, size, size)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Of each network and use the real one, and the jobs that made ours of its source and of the real one's pickle."""
    folder = tmp_path_factory.mktemp("networks")
    names = [*NETWORKS, *USES]
    text = HEAD + "\n\n".join(source_of(number, name) for number, name in enumerate(names))
    (folder / "nets.py").write_text(text)
    nets = types.ModuleType("nets")
    exec(compile(text, "nets.py", "exec"), vars(nets))
    made, jobs = {}, []
    for number, name in enumerate(names):
        torch.manual_seed(2)
        real = calibrated(getattr(nets, f"Net{number}")(), image_of(name))
        made[name] = real, [{"class": f"Net{number}", "files": [str(folder / "nets.py")]}]
        # The two with the largest weights are left out, because writing them takes long and they are made of the plainest.
        if name in NETWORKS and not name.startswith(("alexnet", "vgg")):
            torch.save(real, folder / f"{number}.pth")
            made[name][1].append({"stored": str(folder / f"{number}.pth"), "files": []})
        jobs += made[name][1]
    for job, result in zip(jobs, build(jobs, folder)):
        job["result"] = result
    return made


@pytest.mark.parametrize("name", [*NETWORKS, *USES])
def test_same_results(built, name):
    real, jobs = built[name]
    for job in jobs:
        assert job["result"]["ok"], job["result"]["error"]
        assert list(torch.jit.load(job["out"]).state_dict()) == list(real.state_dict())
        assert difference(job, real, [image_of(name)]) <= 1e-5


# Every variant, and what weights change: names, shapes and types of the state, for which nothing needs memory.
SHAPES = """
import sys, torch, torchvision
from torchvision import models
torch.nn.Module.load_state_dict = lambda *args, **kwargs: None
models._api.WeightsEnum.get_state_dict = lambda *args, **kwargs: {}
for name in ("trunc_normal_", "kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_", "xavier_uniform_"):
    setattr(torch.nn.init, name, lambda tensor, *args, **kwargs: tensor)
left_out = ("rcnn", "fcos", "retinanet", "ssd", "quantized", "raft", "mvit", "s3d", "swin3d", "regnet")
calls = [(name, {}) for name in sorted(models.list_models()) if not any(part in name for part in left_out)]
calls += [("regnet_x_400mf", {}), ("regnet_y_1_6gf", {"weights": "DEFAULT"}), ("resnet50", {"pretrained": True}),
          ("inception_v3", {"weights": "DEFAULT"}), ("googlenet", {"pretrained": True}),
          ("googlenet", {"weights": "DEFAULT", "aux_logits": True}), ("vit_b_16", {"weights": "IMAGENET1K_SWAG_E2E_V1"}),
          ("vit_h_14", {"weights": "DEFAULT"}), ("fcn_resnet50", {"weights": "DEFAULT"}),
          ("deeplabv3_mobilenet_v3_large", {"pretrained": True}), ("resnet18", {"weights": "DEFAULT", "num_classes": 3})]
print(torchvision.__file__)
for name, more in calls:
    try:
        with torch.device("cpu" if name.startswith("regnet") else "meta"):
            model = models.get_model(name, **more)
        print(name, more, [(key, tuple(value.shape), value.dtype) for key, value in model.state_dict().items()])
    except ValueError as error:
        print(name, more, error)
"""


def test_variants(tmp_path):
    own = Path(__file__).parents[2] / "server" / "frontend" / "python_source" / "torchvision"
    # By itself, because beside it are Sconce's own torch and numpy.
    (tmp_path / "torchvision").symlink_to(own)
    runs = []
    for environment in (os.environ, {**os.environ, "PYTHONPATH": str(tmp_path)}):
        runs.append(subprocess.Popen([sys.executable, "-W", "ignore", "-c", SHAPES], env=environment, text=True,
                                     cwd=Path(__file__).parent / "..", stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    lists = []
    for run in runs:
        output, errors = run.communicate()
        assert run.returncode == 0, errors
        lists.append(output.splitlines())
    assert lists[0][0] == torchvision.__file__ and lists[1][0].startswith(str(tmp_path))
    assert len(lists[0]) > 80 and len(lists[1]) == len(lists[0])
    for real, mine in zip(lists[0][1:], lists[1][1:]):
        assert mine == real, mine[:60]
