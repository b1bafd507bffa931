"""The models that given code registers by name."""

_models = {}


def register_model(fn):
    _models[fn.__name__] = fn
    return fn


def register_model_deprecations(module_name, deprecation_map):
    pass


def generate_default_cfgs(cfgs):
    return cfgs


def is_model(model_name):
    return model_name in _models


def list_models(filter="", *args, **kwargs):
    return sorted(_models)


def model_entrypoint(model_name, module_filter=None):
    return _models[model_name]
