class Attention(nn.Module):
    def forward(self, q, k, v, mask=None):
        b, n, _, h = *q.shape, self.heads
        q, k, v = (t.reshape(b, n, h, -1).transpose(1, 2) for t in (q, k, v))
        dots = q @ k.transpose(-1, -2) * self.scale
        if mask is not None:
            assert mask.shape[-1] == n, f"mask has {mask.shape[-1]} of {n=}"
            dots = dots.masked_fill(~mask[:, None, None, :], -1e9)
        elif self.causal:
            dots += torch.triu(torch.full((n, n), float("-inf")), 1)
        return dots.softmax(dim=-1) @ v
