import torch
from torch.nn import functional as F
from torch.nn.modules.module import Module
from torch.nn.utils.parametrize import register_parametrization
from torch.nn.utils.spectral_norm import as_matrix, default_dim


class _WeightNorm(Module):
    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return torch._weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight):
        return torch.norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module, name="weight", dim=0):
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations=1, dim=0, eps=1e-12):
        super().__init__()
        dims = weight.dim()
        if dim >= dims or dim < -dims:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{dims}, {dims - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim if dim >= 0 else dim + dims
        self.eps = eps
        if dims > 1:
            self.n_power_iterations = n_power_iterations
            height, width = as_matrix(weight, self.dim).shape
            # Training finds the two vectors, and files have them: any will do until then.
            self.register_buffer("_u", torch.ones(height, dtype=weight.dtype, device=weight.device))
            self.register_buffer("_v", torch.ones(width, dtype=weight.dtype, device=weight.device))

    def forward(self, weight):
        if "_u" not in self._buffers:
            return F.normalize(weight, dim=0, eps=self.eps)
        return weight / torch.vdot(self._u, torch.mv(as_matrix(weight, self.dim), self._v))

    def right_inverse(self, value):
        return value


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    dim = default_dim(module) if dim is None else dim
    norm = _SpectralNorm(getattr(module, name), n_power_iterations, dim, eps)
    return register_parametrization(module, name, norm)


class _Orthogonal(Module):
    def __init__(self, weight, orthogonal_map, use_trivialization=True):
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            size = max(weight.size(-2), weight.size(-1))
            self.register_buffer(
                "base", torch.empty(list(weight.shape[:-2]) + [size, size], dtype=weight.dtype)
            )

    def forward(self, x):
        rows, columns = self.shape[-2], self.shape[-1]
        wide = rows < columns
        if wide:
            x = x.transpose(-2, -1)
            rows, columns = columns, rows
        if self.orthogonal_map == "householder":
            q = self._of_reflections(x)
        else:
            q = self._of_skew(x, rows, columns)
        if "base" in self._buffers:
            q = torch.matmul(self.base, q)
        return q.transpose(-2, -1) if wide else q

    def _of_skew(self, x, rows, columns):
        x = x.tril()
        if rows != columns:
            x = torch.ops.aten.pad(x, [0, rows - columns])
        skew = x - x.transpose(-2, -1).conj()
        if self.orthogonal_map == "matrix_exp":
            q = torch.matrix_exp(skew)
        else:
            one = torch.eye(rows, dtype=skew.dtype, device=skew.device)
            q = torch.ops.aten.linalg_solve(one - 0.5 * skew, one + 0.5 * skew)
        return q.narrow(-1, 0, columns)

    def _of_reflections(self, x):
        below = x.tril(-1)
        tau = 2.0 / (1.0 + (below * below).sum([-2]))
        q = torch.ops.aten.linalg_householder_product(below, tau)
        signs = torch.diagonal(x, 0, -2, -1).to(torch.int32)
        return q * signs.unsqueeze(-2)


def orthogonal(module, name="weight", orthogonal_map=None, *, use_trivialization=True):
    weight = getattr(module, name)
    if weight.dim() < 2:
        raise ValueError(
            f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions."
        )
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1) or weight.is_complex()
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    return register_parametrization(
        module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True
    )
