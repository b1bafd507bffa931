"""The parser of Python source against CPython's own: the same tree, place by place, for real files.

Both trees are written in the form of tests/frontend/python_source/syntax/dump_ast.cc and compared as text.
"""

import ast
import importlib.util
import os
import pathlib
import struct
import subprocess
import sysconfig
import time
import warnings

import pytest

from daemon import program
from python_syntax_cases import CASES

BATCH = 100
# CPython makes names of the same look the same (NFKC); print >> x and a __future__ of everything only fail when run.
OTHERWISE = {"test_traceback.py", "test_unicode_identifiers.py", "test_print.py", "badsyntax_future8.py"}
# Of the standard library as many files as these seconds allow: all of it needs a minute.
STANDARD_LIBRARY_SECONDS = 6
WORDS = {"Subscript", "Name", "Attribute", "Call", "Lambda", "List", "Set", "Dict"}
PLAIN = {c: chr(c) if 0x20 <= c <= 0x7e and chr(c) not in '"\\' else f"\\{c:02x}" for c in range(256)}
UNSUPPORTED_STATEMENTS = {"AsyncFunctionDef": "async def", "AsyncFor": "async for", "AsyncWith": "async with",
                          "Match": "match", "TryStar": "except*", "TypeAlias": "type alias"}


def text(value):
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    return '"' + "".join(map(PLAIN.__getitem__, value)) + '"'


class Dumper:
    """CPython's tree as dump_ast.cc writes ours."""

    formatted = False

    def node(self, word, *parts):
        return f"({word} {' '.join(parts)})" if parts else f"({word})"

    def at(self, node, word, *parts):
        return self.node(word if self.formatted else f"{word}@{node.lineno - 1}:{node.col_offset}", *parts)

    def many(self, nodes):
        return "[" + "".join([self.put(node) for node in nodes]) + "]"

    def names(self, names):
        return "[" + "".join(map(text, names)) + "]"

    def put(self, node):
        if node is None:
            return "_"
        kind = type(node).__name__
        method = getattr(self, kind, None)
        if method:
            return method(node)
        if kind in UNSUPPORTED_STATEMENTS:
            return self.at(node, "Unsupported", text(UNSUPPORTED_STATEMENTS[kind]))
        # The fields that ours has too, in the same order.
        parts = [self.many(v) if isinstance(v, list) else self.put(v)
                 for v in (getattr(node, field) for field in node._fields if field not in ("ctx", "type_comment"))]
        return self.at(node, kind, *parts) if kind in WORDS or isinstance(node, ast.stmt) else self.node(kind, *parts)

    # Expressions.
    def Constant(self, node):
        value = node.value
        if value is None or value is ...:
            return "(None)" if value is None else "(Ellipsis)"
        if isinstance(value, bool):
            return f"(Bool {value})"
        if isinstance(value, int):
            return f"(Int {value})" if value < 2**63 else self.unsupported("integer of more than 64 bits")
        if isinstance(value, float):
            return f"(Float {struct.pack('>d', value).hex()})"
        if isinstance(value, complex):
            return f"(Complex {struct.pack('>d', value.imag).hex()})"
        return f"({'Bytes' if isinstance(value, bytes) else 'Str'} {text(value)})"

    def unsupported(self, what):
        return self.node("Unsupported", text(what))

    def Await(self, node):
        return self.unsupported("await")

    def JoinedStr(self, node):
        outer, self.formatted = self.formatted, True
        made = self.node("JoinedStr", self.many(node.values))
        self.formatted = outer
        return made

    def FormattedValue(self, node):
        spec = node.format_spec
        if spec is None or any(isinstance(v, ast.FormattedValue) for v in spec.values):
            spec = self.put(spec)
        else:  # ours has a plain string there
            spec = self.node("Str", text("".join(v.value for v in spec.values)))
        return self.node("Value", self.put(node.value), text("" if node.conversion < 0 else chr(node.conversion)), spec)

    def Name(self, node):
        return self.at(node, "Name", text(node.id))

    def Attribute(self, node):
        return self.at(node, "Attribute", self.put(node.value), text(node.attr))

    def UnaryOp(self, node):
        return self.at(node, type(node.op).__name__, self.put(node.operand))

    def BinOp(self, node):
        return self.node(type(node.op).__name__, self.put(node.left), self.put(node.right))

    def BoolOp(self, node):
        return self.node(type(node.op).__name__, self.many(node.values))

    def Compare(self, node):
        return self.node("Compare", self.many([node.left, *node.comparators]), self.many(node.ops))

    def Dict(self, node):
        entries = [self.node("entry", self.put(k), self.put(v)) for k, v in zip(node.keys, node.values)]
        return self.at(node, "Dict", "[" + "".join(entries) + "]")

    def comprehension_of(self, node, element, value=None):
        if any(clause.is_async for clause in node.generators):
            return self.unsupported("async comprehension")
        clauses = [self.node("for", self.put(c.target), self.put(c.iter), self.many(c.ifs)) for c in node.generators]
        return self.node(type(node).__name__, self.put(element), self.put(value), "[" + "".join(clauses) + "]")

    def ListComp(self, node):
        return self.comprehension_of(node, node.elt)

    SetComp = GeneratorExp = ListComp

    def DictComp(self, node):
        return self.comprehension_of(node, node.key, node.value)

    def NamedExpr(self, node):
        return self.node("NamedExpr", text(node.target.id), self.put(node.value))

    def keyword(self, node):
        return self.node("keyword", text(node.arg or ""), self.put(node.value))

    def arguments(self, node):
        def one(kind, argument, default=None):
            return self.node(kind, text(argument.arg), self.put(argument.annotation), self.put(default))
        plain = [("posonly", a) for a in node.posonlyargs] + [("arg", a) for a in node.args]
        defaults = [None] * (len(plain) - len(node.defaults)) + node.defaults
        made = [one(kind, a, default) for (kind, a), default in zip(plain, defaults)]
        made += [one("vararg", node.vararg)] if node.vararg else []
        made += [one("kwonly", a, default) for a, default in zip(node.kwonlyargs, node.kw_defaults)]
        made += [one("kwarg", node.kwarg)] if node.kwarg else []
        return "[" + "".join(made) + "]"

    # Statements.
    def FunctionDef(self, node):
        return self.at(node, "FunctionDef", text(node.name), self.put(node.args), self.put(node.returns),
                       self.many(node.decorator_list), self.many(node.body))

    def ClassDef(self, node):
        return self.at(node, "ClassDef", text(node.name), self.many(node.bases), self.many(node.keywords),
                       self.many(node.decorator_list), self.many(node.body))

    def AnnAssign(self, node):
        return self.at(node, "AnnAssign", self.put(node.target), self.put(node.annotation), self.put(node.value))

    def AugAssign(self, node):
        return self.at(node, "AugAssign", self.put(node.target), type(node.op).__name__, self.put(node.value))

    def ExceptHandler(self, node):
        return self.node("except", self.put(node.type), text(node.name or ""), self.many(node.body))

    def withitem(self, node):
        return self.node("item", self.put(node.context_expr), self.put(node.optional_vars))

    def alias(self, node):
        return self.node("alias", text(node.name), text(node.asname or ""))

    def ImportFrom(self, node):
        return self.at(node, "ImportFrom", text(node.module or ""), str(node.level), self.many(node.names))

    def Global(self, node):
        return self.at(node, type(node).__name__, self.names(node.names))

    Nonlocal = Global


def expected(path):
    """CPython's tree of the file as text; nothing when it has none, or the file has what CPython's tree does not tell."""
    source = pathlib.Path(path).read_bytes()
    if rb"\N{" in source or not is_utf8(source):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Dumper().many(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError):
        return None


def is_utf8(source):
    try:
        return source.decode() is not None
    except UnicodeDecodeError:
        return False


def ours(paths):
    done = subprocess.run([program("dump_ast")], input="\n".join(map(str, paths)),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def compare(paths, seconds=None):
    """Asserts that the trees are the same; how many files were compared."""
    began, compared = time.monotonic(), 0
    for first in range(0, len(paths), BATCH):
        if seconds is not None and time.monotonic() - began > seconds:
            break
        batch = paths[first:first + BATCH]
        for path, got in zip(batch, ours(batch), strict=True):
            want = expected(path)
            if want is not None:
                assert got == want, difference(path, got, want)
                compared += 1
    return compared


def difference(path, got, want):
    place = len(os.path.commonprefix([got, want]))
    begin = max(0, place - 200)
    return f"{path}\n ours: {got[begin:place + 200]}\n CPython: {want[begin:place + 200]}"


def files_of(package, *folders):
    [root] = importlib.util.find_spec(package).submodule_search_locations
    return sorted(pathlib.Path(root, *folders).rglob("*.py"))


@pytest.mark.parametrize("package,folders,least", [("torch", ["nn"], 100), ("torchvision", [], 100),
                                                   ("facenet_pytorch", [], 5)])
def test_models_and_what_they_are_made_of(package, folders, least):
    assert compare(files_of(package, *folders)) >= least


def test_the_standard_library():
    root = pathlib.Path(sysconfig.get_path("stdlib"))
    paths = [p for p in sorted(root.rglob("*.py")) if "site-packages" not in p.parts and p.name not in OTHERWISE]
    # Every so many files: each part of the library, whatever the time allows.
    order = [p for start in range(10) for p in paths[start::10]]
    assert compare(order, STANDARD_LIBRARY_SECONDS) >= 100


@pytest.mark.parametrize("case", CASES)
def test_each_part_of_the_language(case, tmp_path):
    path = tmp_path / "case.py"
    path.write_bytes(CASES[case].encode())
    assert compare([path]) == 1, "CPython has no tree of it"
