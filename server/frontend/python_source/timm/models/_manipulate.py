"""What model code does with models and functions as wholes."""


def checkpoint(function, *args, use_reentrant=None, **kwargs):
    return function(*args, **kwargs)


def checkpoint_seq(functions, x, every=1, flatten=False, skip_last=False, preserve_rng_state=True, use_reentrant=None):
    if flatten:
        functions = [function for group in functions for function in group]
    for function in functions:
        x = function(x)
    return x


# It gives weights their first values, which a file replaces.
def named_apply(fn, module, name="", depth_first=True, include_root=False):
    return module


def adapt_input_conv(in_chans, conv_weight, base_chans=3):
    if in_chans == 1:
        return conv_weight.sum(dim=1, keepdim=True)
    if in_chans == conv_weight.shape[1]:
        return conv_weight
    repeats = (in_chans + conv_weight.shape[1] - 1) // conv_weight.shape[1]
    return conv_weight.repeat(1, repeats, 1, 1)[:, :in_chans] * (base_chans / in_chans)


def model_parameters(model, exclude_head=False):
    parameters = list(model.parameters())
    return parameters[:-2] if exclude_head else parameters
