"""Attention. Inside, the batch comes first: (N, L, E), by heads (N, H, L, D)."""

import math

import torch


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    return torch.ops.aten.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
    )


def _float_mask(mask, like):
    """A mask to add: -inf where a mask of flags says so. A mask of numbers is one already."""
    return None if mask is None else _canonical_mask(mask, "", None, "", like.dtype)


def _canonical_mask(mask, mask_name, other_type, other_name, target_type, check_other=True):
    if mask is None:
        return None
    if not torch.is_floating_point(mask):
        mask = torch.zeros_like(mask, dtype=target_type).masked_fill(mask, float("-inf"))
    return mask


def _none_or_dtype(input):
    return None if input is None else input.dtype


def _in_projection_packed(q, k, v, w, b=None):
    return _project_packed(q, k, v, w, b, q is k, k is v)


def _in_projection(q, k, v, w_q, w_k, w_v, b_q=None, b_k=None, b_v=None):
    linear = torch.ops.aten.linear
    return linear(q, w_q, b_q), linear(k, w_k, b_k), linear(v, w_v, b_v)


def _batch_first(tensor, batched, batch_dim):
    if not batched:
        tensor = tensor.unsqueeze(batch_dim)
    return tensor if batch_dim == 0 else tensor.transpose(0, 1)


def _as_given(tensor, batched, batch_dim):
    if batch_dim == 1:
        tensor = tensor.transpose(0, 1)
    if not batched:
        tensor = tensor.squeeze(batch_dim)
    return tensor


def _rows(tensor, start, count):
    return None if tensor is None else tensor.narrow(0, start, count)


def _project_packed(query, key, value, weight, bias, same_query, same_value):
    """The projections by one matrix that has all three: one product for inputs that are the same."""
    width = weight.size(0) // 3
    if same_query and same_value:
        all3 = torch.ops.aten.linear(query, weight, bias)
        return all3.narrow(-1, 0, width), all3.narrow(-1, width, width), all3.narrow(-1, 2 * width, width)
    q = torch.ops.aten.linear(query, _rows(weight, 0, width), _rows(bias, 0, width))
    if same_value:
        both = torch.ops.aten.linear(key, _rows(weight, width, 2 * width), _rows(bias, width, 2 * width))
        return q, both.narrow(-1, 0, width), both.narrow(-1, width, width)
    k = torch.ops.aten.linear(key, _rows(weight, width, width), _rows(bias, width, width))
    v = torch.ops.aten.linear(value, _rows(weight, 2 * width, width), _rows(bias, 2 * width, width))
    return q, k, v


def _project_separately(query, key, value, weights, bias):
    width = weights[0].size(0)
    q = torch.ops.aten.linear(query, weights[0], _rows(bias, 0, width))
    k = torch.ops.aten.linear(key, weights[1], _rows(bias, width, width))
    v = torch.ops.aten.linear(value, weights[2], _rows(bias, 2 * width, width))
    return q, k, v


def _by_heads(tensor, num_heads, head_dim):
    return tensor.reshape([tensor.size(0), tensor.size(1), num_heads, head_dim]).transpose(1, 2)


def _one_more(mask):
    """Room in a mask for a key that was appended."""
    return None if mask is None else torch.ops.aten.pad(mask, [0, 1])


def _merged_mask(attn_mask, padding_mask, batch, num_heads):
    """Both masks as one that broadcasts to (N, H, L, S)."""
    if attn_mask is not None:
        if attn_mask.dim() == 3:
            attn_mask = attn_mask.reshape([batch, num_heads, attn_mask.size(1), attn_mask.size(2)])
    if padding_mask is None:
        return attn_mask
    padding_mask = padding_mask.unsqueeze(1).unsqueeze(1)
    return padding_mask if attn_mask is None else attn_mask + padding_mask


def _weighted(q, k, v, mask, dropout_p, head_dim):
    """Attention whose weights are wanted too."""
    scores = torch.matmul(q * math.sqrt(1.0 / head_dim), k.transpose(-2, -1))
    if mask is not None:
        scores = scores + mask
    weights = torch.softmax(scores, -1)
    if dropout_p > 0.0:
        weights = torch.dropout(weights, dropout_p, True)
    return torch.matmul(weights, v), weights


def multi_head_attention_forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
):
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    return _multi_head(
        query,
        key,
        value,
        1,
        embed_dim_to_check,
        num_heads,
        in_proj_weight,
        weights,
        in_proj_bias,
        bias_k,
        bias_v,
        add_zero_attn,
        dropout_p if training else 0.0,
        out_proj_weight,
        out_proj_bias,
        key_padding_mask,
        need_weights,
        attn_mask,
        static_k,
        static_v,
        average_attn_weights,
        is_causal,
    )


def _multi_head(
    query,
    key,
    value,
    batch_dim,
    embed_dim,
    num_heads,
    in_proj_weight,
    separate_weights,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    key_padding_mask,
    need_weights,
    attn_mask,
    static_k,
    static_v,
    average_attn_weights,
    is_causal,
):
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint: generate_square_subsequent_mask() "
            "makes the one for causal attention"
        )
    head_dim = embed_dim // num_heads
    # Which inputs are one and the same is known before they are touched, and never after.
    same_query, same_value = query is key, key is value
    batched = query.dim() == 3
    padding_mask = _float_mask(key_padding_mask, query)
    # The hint makes the mask superfluous only where nothing else asks for it.
    causal = is_causal and padding_mask is None and not need_weights
    attn_mask = None if causal else _float_mask(attn_mask, query)
    if padding_mask is not None:
        if not batched:
            padding_mask = padding_mask.unsqueeze(0)

    query = _batch_first(query, batched, batch_dim)
    key = query if same_query else _batch_first(key, batched, batch_dim)
    value = key if same_value else _batch_first(value, batched, batch_dim)
    if separate_weights is None:
        q, k, v = _project_packed(query, key, value, in_proj_weight, in_proj_bias, same_query, same_value)
    else:
        q, k, v = _project_separately(query, key, value, separate_weights, in_proj_bias)
    batch = q.size(0)
    if bias_k is not None and bias_v is not None:
        k = torch.cat([k, bias_k.expand([batch, 1, embed_dim])], 1)
        v = torch.cat([v, bias_v.expand([batch, 1, embed_dim])], 1)
        attn_mask, padding_mask = _one_more(attn_mask), _one_more(padding_mask)

    q = _by_heads(q, num_heads, head_dim)
    k = _by_heads(k, num_heads, head_dim) if static_k is None else _static(static_k, batch, num_heads)
    v = _by_heads(v, num_heads, head_dim) if static_v is None else _static(static_v, batch, num_heads)
    if add_zero_attn:
        nothing = torch.zeros([batch, num_heads, 1, head_dim], dtype=k.dtype, device=k.device)
        k = torch.cat([k, nothing], 2)
        v = torch.cat([v, nothing], 2)
        attn_mask, padding_mask = _one_more(attn_mask), _one_more(padding_mask)
    mask = _merged_mask(attn_mask, padding_mask, batch, num_heads)

    weights = None
    if need_weights:
        attended, weights = _weighted(q, k, v, mask, dropout_p, head_dim)
        if average_attn_weights:
            weights = weights.mean([1])
        if not batched:
            weights = weights.squeeze(0)
    else:
        attended = scaled_dot_product_attention(q, k, v, mask, dropout_p, causal)
    attended = attended.transpose(1, 2).flatten(2)
    output = torch.ops.aten.linear(attended, out_proj_weight, out_proj_bias)
    return _as_given(output, batched, batch_dim), weights


def _static(tensor, batch, num_heads):
    return tensor.reshape([batch, num_heads, tensor.size(1), tensor.size(2)])
