from enum import Enum

import torch
import torch.nn.functional as F


class InterpolationMode(Enum):
    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def _mode(interpolation):
    """Versions of old took the numbers of PIL."""
    if isinstance(interpolation, int):
        return {0: "nearest", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming", 1: "lanczos"}[interpolation]
    return interpolation.value


def _pair(size):
    if isinstance(size, int):
        return size, size
    return (size[0], size[0]) if len(size) == 1 else (size[0], size[1])


def _in_batch(image, change):
    """For what only takes batches of floats; rounded where the image has whole numbers."""
    batch = image if image.dim() >= 4 else image.unsqueeze(0)
    if image.is_floating_point():
        out = change(batch)
    else:
        out = torch.round(change(batch.float())).clamp(0, 255).to(image.dtype)
    return out if image.dim() >= 4 else out.squeeze(0)


def get_dimensions(img):
    return [1 if img.dim() == 2 else img.shape[-3], img.shape[-2], img.shape[-1]]


def get_image_size(img):
    return [img.shape[-1], img.shape[-2]]


def get_image_num_channels(img):
    return 1 if img.dim() == 2 else img.shape[-3]


def convert_image_dtype(image, dtype=torch.float32):
    if image.dtype == dtype or (image.is_floating_point() and dtype.is_floating_point):
        return image.to(dtype)
    if image.dtype == torch.uint8 and dtype.is_floating_point:
        return image.to(dtype) / 255
    if image.is_floating_point() and dtype == torch.uint8:
        return (image * (255 + 1.0 - 1e-3)).to(dtype)
    raise NotImplementedError(f"convert_image_dtype: {image.dtype} to {dtype} is not served")


def normalize(tensor, mean, std, inplace=False):
    mean = torch.as_tensor(mean, dtype=tensor.dtype, device=tensor.device)
    std = torch.as_tensor(std, dtype=tensor.dtype, device=tensor.device)
    mean = mean.view(-1, 1, 1) if mean.dim() == 1 else mean
    std = std.view(-1, 1, 1) if std.dim() == 1 else std
    return tensor.sub_(mean).div_(std) if inplace else (tensor - mean) / std


def resize(img, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    mode = _mode(interpolation)
    height, width = img.shape[-2], img.shape[-1]
    if isinstance(size, int) or len(size) == 1:
        # The shorter side gets the size, and the other follows.
        short = size if isinstance(size, int) else size[0]
        new_h, new_w = (short, int(short * width / height)) if height <= width else (int(short * height / width), short)
        if max_size is not None and max(new_h, new_w) > max_size:
            shrunk = int(max_size * short / max(new_h, new_w))
            new_h, new_w = (shrunk, max_size) if height <= width else (max_size, shrunk)
    else:
        new_h, new_w = size[0], size[1]
    if mode not in ("bilinear", "bicubic"):
        return _in_batch(img, lambda x: F.interpolate(x, size=(new_h, new_w), mode=mode))
    smooth = bool(antialias)
    return _in_batch(img,
                     lambda x: F.interpolate(x, size=(new_h, new_w), mode=mode, align_corners=False, antialias=smooth))


def pad(img, padding, fill=0, padding_mode="constant"):
    # Left, top, right, bottom; of two the horizontal and the vertical.
    if isinstance(padding, int):
        padding = [padding]
    left, top = padding[0], padding[-1] if len(padding) < 3 else padding[1]
    right, bottom = (padding[2], padding[3]) if len(padding) == 4 else (left, top)
    sides = [left, right, top, bottom]
    if padding_mode == "constant":
        return F.pad(img, sides, value=float(fill))
    if padding_mode not in ("edge", "reflect"):
        raise NotImplementedError(f"pad: padding_mode {padding_mode} is not served")
    mode = {"edge": "replicate", "reflect": "reflect"}[padding_mode]
    return _in_batch(img, lambda x: F.pad(x, sides, mode=mode))


def crop(img, top, left, height, width):
    h, w = img.shape[-2], img.shape[-1]
    inside = img[..., max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    if left < 0 or top < 0 or left + width > w or top + height > h:
        right, bottom = max(left + width - max(w, left), 0), max(top + height - max(h, top), 0)
        return pad(inside, [max(-left, 0), max(-top, 0), right, bottom])
    return inside


def center_crop(img, output_size):
    height, width = _pair(output_size)
    h, w = img.shape[-2], img.shape[-1]
    if width > w or height > h:
        across, down = max(width - w, 0), max(height - h, 0)
        img = pad(img, [across // 2, down // 2, (across + 1) // 2, (down + 1) // 2])
        h, w = img.shape[-2], img.shape[-1]
        if width == w and height == h:
            return img
    return crop(img, int(round((h - height) / 2.0)), int(round((w - width) / 2.0)), height, width)


def resized_crop(img, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def hflip(img):
    return img.flip(-1)


def vflip(img):
    return img.flip(-2)


def five_crop(img, size):
    height, width = _pair(size)
    h, w = img.shape[-2], img.shape[-1]
    corners = [(0, 0), (0, w - width), (h - height, 0), (h - height, w - width)]
    return (*[crop(img, top, left, height, width) for top, left in corners], center_crop(img, [height, width]))


def rgb_to_grayscale(img, num_output_channels=1):
    r, g, b = img.unbind(dim=-3)
    gray = (0.2989 * r + 0.587 * g + 0.114 * b).to(img.dtype).unsqueeze(dim=-3)
    return gray.expand(img.shape) if num_output_channels == 3 else gray


def invert(img):
    return (1 if img.is_floating_point() else 255) - img


def gaussian_blur(img, kernel_size, sigma=None):
    width, height = _pair(kernel_size)
    if sigma is None:
        sigma = [0.15 * width + 0.35, 0.15 * height + 0.35]
    across, down = (float(sigma), float(sigma)) if isinstance(sigma, (int, float)) else (sigma[0], sigma[-1])

    def bell(size, deviation):
        places = torch.linspace(-(size - 1) * 0.5, (size - 1) * 0.5, size, dtype=torch.float32)
        heights = torch.exp(-0.5 * (places / deviation) ** 2)
        return heights / heights.sum()

    kernel = bell(height, down)[:, None] * bell(width, across)[None, :]

    def blur(x):
        weight = kernel.to(x).expand(x.shape[-3], 1, height, width)
        x = F.pad(x, [width // 2, width // 2, height // 2, height // 2], mode="reflect")
        return F.conv2d(x, weight, groups=x.shape[-3])

    return _in_batch(img, blur)
