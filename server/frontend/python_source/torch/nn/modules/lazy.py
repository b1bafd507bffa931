def refuse_lazy(name, instead):
    """Lazy layers take their sizes from the first input; a program needs them before."""
    raise NotImplementedError(
        f"torch.nn.{name} takes its sizes from its first input, and they must be known when "
        f"the model is built: use torch.nn.{instead} with the sizes of the weights"
    )
