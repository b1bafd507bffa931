# The orders of an image's dimensions.
from enum import Enum


class Format(str, Enum):
    NCHW = "NCHW"
    NHWC = "NHWC"
    NCL = "NCL"
    NLC = "NLC"


def _name(fmt):
    return fmt.value if isinstance(fmt, Format) else fmt


def get_spatial_dim(fmt):
    return {"NLC": (1,), "NCL": (2,), "NHWC": (1, 2), "NCHW": (2, 3)}[_name(fmt)]


def get_channel_dim(fmt):
    return {"NLC": 2, "NCL": 1, "NHWC": 3, "NCHW": 1}[_name(fmt)]


def nchw_to(x, fmt):
    fmt = _name(fmt)
    if fmt == "NHWC":
        return x.permute(0, 2, 3, 1)
    if fmt == "NLC":
        return x.flatten(2).transpose(1, 2)
    return x.flatten(2) if fmt == "NCL" else x


def nhwc_to(x, fmt):
    fmt = _name(fmt)
    if fmt == "NCHW":
        return x.permute(0, 3, 1, 2)
    if fmt == "NLC":
        return x.flatten(1, 2)
    return x.flatten(1, 2).transpose(1, 2) if fmt == "NCL" else x
