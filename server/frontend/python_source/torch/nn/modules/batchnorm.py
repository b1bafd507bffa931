import torch
from torch.nn import functional as F
from torch.nn.modules.lazy import refuse_lazy
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class _NormBase(Module):
    # What files of older versions lack.
    affine = True
    track_running_stats = True

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = Parameter(torch.ones(num_features, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)
        if affine and bias:
            self.bias = Parameter(torch.zeros(num_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        if track_running_stats:
            self.register_buffer("running_mean", torch.zeros(num_features, device=device, dtype=dtype))
            self.register_buffer("running_var", torch.ones(num_features, device=device, dtype=dtype))
            self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long, device=device))
        else:
            self.register_buffer("running_mean", None)
            self.register_buffer("running_var", None)
            self.register_buffer("num_batches_tracked", None)
        self.reset_parameters()

    def reset_running_stats(self):
        pass

    def reset_parameters(self):
        self.reset_running_stats()


class _BatchNorm(_NormBase):
    def forward(self, input):
        # A layer without running statistics takes those of the batch, serving or not.
        of_batch = self.running_mean is None and self.running_var is None
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            of_batch,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    def _check_input_dim(self, input):
        pass


class BatchNorm2d(_BatchNorm):
    def _check_input_dim(self, input):
        pass


class BatchNorm3d(_BatchNorm):
    def _check_input_dim(self, input):
        pass


class SyncBatchNorm(_BatchNorm):
    """Serving, one process has all there is to know: a batch norm."""

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        process_group=None,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        # The same numbers and the same names of weights, so nothing needs to change.
        return module


class LazyBatchNorm1d(BatchNorm1d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyBatchNorm1d", "BatchNorm1d")


class LazyBatchNorm2d(BatchNorm2d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyBatchNorm2d", "BatchNorm2d")


class LazyBatchNorm3d(BatchNorm3d):
    def __init__(self, *args, **kwargs):
        refuse_lazy("LazyBatchNorm3d", "BatchNorm3d")
