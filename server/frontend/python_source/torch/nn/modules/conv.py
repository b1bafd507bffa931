import torch
from torch.nn import functional as F
from torch.nn.modules.lazy import refuse_lazy
from torch.nn.modules.module import Module
from torch.nn.modules.utils import _pair, _reverse_repeat_tuple, _single, _triple
from torch.nn.parameter import Parameter


def _check(in_channels, out_channels, stride, padding, groups, padding_mode):
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if in_channels % groups != 0:
        raise ValueError("in_channels must be divisible by groups")
    if out_channels % groups != 0:
        raise ValueError("out_channels must be divisible by groups")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string '{padding}', should be one of 'valid', 'same'")
        if padding == "same" and any([one != 1 for one in stride]):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
        raise ValueError(
            "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', "
            f"but got padding_mode='{padding_mode}'"
        )


def _padding_of_input(padding, kernel_size, dilation):
    """What F.pad() needs to pad an input as the layer would, last dimension first."""
    if not isinstance(padding, str):
        return _reverse_repeat_tuple(padding, 2)
    amounts = [0, 0] * len(kernel_size)
    if padding == "same":
        for i in range(len(kernel_size)):
            total = dilation[i] * (kernel_size[i] - 1)
            place = 2 * (len(kernel_size) - 1 - i)
            amounts[place] = total // 2
            amounts[place + 1] = total - total // 2
    return amounts


class _ConvNd(Module):
    # What files of older versions lack.
    padding_mode = "zeros"
    _reversed_padding_repeated_twice = None

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        bias,
        padding_mode,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _check(in_channels, out_channels, stride, padding, groups, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = _padding_of_input(padding, kernel_size, dilation)
        if transposed:
            shape = (in_channels, out_channels // groups) + tuple(kernel_size)
        else:
            shape = (out_channels, in_channels // groups) + tuple(kernel_size)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        pass

    def _padded(self, input):
        amounts = self._reversed_padding_repeated_twice
        if amounts is None:
            amounts = _padding_of_input(self.padding, self.kernel_size, self.dilation)
        return F.pad(input, amounts, mode=self.padding_mode)


class _Conv(_ConvNd):
    """Those that are not transposed; each names its operator."""

    def _conv_forward(self, input, weight, bias):
        padding = self.padding
        if self.padding_mode != "zeros":
            input = self._padded(input)
            padding = (0,) * len(self.kernel_size)
        return self._convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    _convolve = staticmethod(F.conv1d)

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        padding = padding if isinstance(padding, str) else _single(padding)
        super().__init__(
            in_channels,
            out_channels,
            _single(kernel_size),
            _single(stride),
            padding,
            _single(dilation),
            False,
            _single(0),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class Conv2d(_Conv):
    _convolve = staticmethod(F.conv2d)

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        padding = padding if isinstance(padding, str) else _pair(padding)
        super().__init__(
            in_channels,
            out_channels,
            _pair(kernel_size),
            _pair(stride),
            padding,
            _pair(dilation),
            False,
            _pair(0),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class Conv3d(_Conv):
    _convolve = staticmethod(F.conv3d)

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        padding = padding if isinstance(padding, str) else _triple(padding)
        super().__init__(
            in_channels,
            out_channels,
            _triple(kernel_size),
            _triple(stride),
            padding,
            _triple(dilation),
            False,
            _triple(0),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )


class _ConvTransposeNd(_ConvNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        bias,
        padding_mode,
        device=None,
        dtype=None,
    ):
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {self.__class__.__name__}')
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            transposed,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(
        self, input, output_size, stride, padding, kernel_size, num_spatial_dims, dilation=None
    ):
        """What the smallest output lacks of output_size; the operator refuses what is out of range."""
        if output_size is None:
            return _tuple_of_ints(self.output_padding, num_spatial_dims)
        n = num_spatial_dims
        added = []
        for i in range(n):
            reach = (dilation[i] if dilation is not None else 1) * (kernel_size[i] - 1)
            smallest = (input.size(i - n) - 1) * stride[i] - 2 * padding[i] + reach + 1
            added.append(output_size[i - n] - smallest)
        return added

    def _added(self, input, output_size, n):
        return self._output_padding(
            input, output_size, self.stride, self.padding, self.kernel_size, n, self.dilation
        )


def _tuple_of_ints(value, n):
    return tuple(value) if isinstance(value, (tuple, list)) else tuple([value] * n)


class ConvTranspose1d(_ConvTransposeNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            in_channels,
            out_channels,
            _single(kernel_size),
            _single(stride),
            _single(padding),
            _single(dilation),
            True,
            _single(output_padding),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input, output_size=None):
        return F.conv_transpose1d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._added(input, output_size, 1),
            self.groups,
            self.dilation,
        )


class ConvTranspose2d(_ConvTransposeNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            in_channels,
            out_channels,
            _pair(kernel_size),
            _pair(stride),
            _pair(padding),
            _pair(dilation),
            True,
            _pair(output_padding),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input, output_size=None):
        return F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._added(input, output_size, 2),
            self.groups,
            self.dilation,
        )


class ConvTranspose3d(_ConvTransposeNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            in_channels,
            out_channels,
            _triple(kernel_size),
            _triple(stride),
            _triple(padding),
            _triple(dilation),
            True,
            _triple(output_padding),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input, output_size=None):
        return F.conv_transpose3d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._added(input, output_size, 3),
            self.groups,
            self.dilation,
        )


class LazyConv1d(Conv1d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyConv1d", "Conv1d")


class LazyConv2d(Conv2d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyConv2d", "Conv2d")


class LazyConv3d(Conv3d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyConv3d", "Conv3d")


class LazyConvTranspose1d(ConvTranspose1d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyConvTranspose1d", "ConvTranspose1d")


class LazyConvTranspose2d(ConvTranspose2d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyConvTranspose2d", "ConvTranspose2d")


class LazyConvTranspose3d(ConvTranspose3d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyConvTranspose3d", "ConvTranspose3d")
