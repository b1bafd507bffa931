@torch.no_grad()
@register("net", version=2)
def net(pretrained: bool = False, progress: bool = True, /, *args: Any, **kwargs: Any) -> Net:
    global count
    while True:
        count += 1
        if not (pretrained or progress) and count is not None: break
    else:
        pass
    key = lambda a, b=1, *c: (a, b, *c)
    return (model := Net(**kwargs)) if count not in {1, 2} else None
