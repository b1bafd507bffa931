"""Making a model of its class; its weights come from a file."""


def load_pretrained(model, *args, **kwargs):
    pass


load_custom_pretrained = load_pretrained


def overlay_external_default_cfg(default_cfg, kwargs):
    pass


def resolve_pretrained_cfg(variant, pretrained_cfg=None, *args, **kwargs):
    return pretrained_cfg or {}


def update_default_cfg_and_kwargs(default_cfg, kwargs, kwargs_filter):
    _update_default_model_kwargs(default_cfg, kwargs, kwargs_filter)


def _update_default_model_kwargs(pretrained_cfg, kwargs, kwargs_filter):
    size = pretrained_cfg.get("input_size")
    given = {"num_classes": pretrained_cfg.get("num_classes"), "global_pool": pretrained_cfg.get("global_pool"),
             "in_chans": size[0] if size else None}
    if pretrained_cfg.get("fixed_input_size") and size:
        given["img_size"] = size[-2:]
    for name, value in given.items():
        if value is not None:
            kwargs.setdefault(name, value)
    for name in kwargs_filter or ():
        kwargs.pop(name, None)


_update_default_kwargs = _update_default_model_kwargs


def build_model_with_cfg(model_cls, variant, pretrained=False, default_cfg=None, model_cfg=None, feature_cfg=None,
                         pretrained_cfg=None, pretrained_strict=True, pretrained_filter_fn=None,
                         pretrained_custom_load=False, kwargs_filter=None, **kwargs):
    if kwargs.get("features_only") and not hasattr(model_cls, "_levels"):
        raise NotImplementedError("timm's features_only is served of ResNet alone; give the source of the model")
    unused = ("pretrained_cfg_overlay", "cache_dir", "feature_cls")
    for name in unused + (() if kwargs.get("features_only") else ("features_only", "out_indices")):
        kwargs.pop(name, None)
    cfg = pretrained_cfg if isinstance(pretrained_cfg, dict) else default_cfg if isinstance(default_cfg, dict) else {}
    _update_default_model_kwargs(cfg, kwargs, kwargs_filter)
    model = model_cls(**kwargs) if model_cfg is None else model_cls(cfg=model_cfg, **kwargs)
    model.pretrained_cfg = model.default_cfg = cfg
    return model
