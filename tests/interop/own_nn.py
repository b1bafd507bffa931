"""Sconce's own torch.nn, read by CPython beside the real one: the package sconce_nn.

Its sources import from torch.nn; here those imports mean the package itself. What the daemon brings natively,
Module, Parameter and Buffer, are PyTorch's."""

import ast
import importlib.abc
import importlib.util
import pathlib
import sys
import types

import torch

ROOT = "sconce_nn"
SOURCES = pathlib.Path(__file__).parents[2] / "server" / "frontend" / "python_source" / "torch" / "nn"


class Module(torch.nn.Module):
    """PyTorch's, with what the native one adds: attributes that are computed when they are read."""

    def __getattr__(self, name):
        computed = self.__dict__.get("_computed") or {}
        if name in computed:
            function, *more = computed[name]
            return function(self, name, *more)
        return super().__getattr__(name)


class _Imports(ast.NodeTransformer):
    def visit_ImportFrom(self, node):
        if node.module == "torch.nn" or (node.module or "").startswith("torch.nn."):
            node.module = ROOT + node.module[len("torch.nn") :]
        return node


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name != ROOT and not name.startswith(ROOT + "."):
            return None
        place = SOURCES.joinpath(*name.split(".")[1:])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.exists():
                package = file.name == "__init__.py"
                return importlib.util.spec_from_file_location(
                    name, file, loader=self, submodule_search_locations=[str(place)] if package else None
                )
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        tree = ast.parse(pathlib.Path(module.__spec__.origin).read_text(), module.__spec__.origin)
        exec(compile(_Imports().visit(tree), module.__spec__.origin, "exec"), module.__dict__)


def _native(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module


_native(ROOT + ".modules.module", Module=Module)
_native(ROOT + ".parameter", Buffer=torch.nn.Buffer, Parameter=torch.nn.Parameter)
sys.meta_path.insert(0, _Finder())
nn = importlib.import_module(ROOT)
F = importlib.import_module(ROOT + ".functional")
