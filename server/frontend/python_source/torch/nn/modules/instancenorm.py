from torch.nn import functional as F
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.lazy import refuse_lazy


class _InstanceNorm(_NormBase):
    # What files of older versions lack.
    track_running_stats = False

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=False,
        track_running_stats=False,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _normalized(self, input):
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )

    def _with_batch(self, input, dims):
        """The operator wants a batch dimension; the layer takes inputs without."""
        if input.dim() == dims:
            result = self._normalized(input)
        else:
            result = self._normalized(input.unsqueeze(0)).squeeze(0)
        return result


class InstanceNorm1d(_InstanceNorm):
    def forward(self, input):
        return self._with_batch(input, 3)


class InstanceNorm2d(_InstanceNorm):
    def forward(self, input):
        return self._with_batch(input, 4)


class InstanceNorm3d(_InstanceNorm):
    def forward(self, input):
        return self._with_batch(input, 5)


class LazyInstanceNorm1d(InstanceNorm1d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyInstanceNorm1d", "InstanceNorm1d")


class LazyInstanceNorm2d(InstanceNorm2d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyInstanceNorm2d", "InstanceNorm2d")


class LazyInstanceNorm3d(InstanceNorm3d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyInstanceNorm3d", "InstanceNorm3d")
