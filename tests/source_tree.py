"""The program as text: its files, its functions, and what imports what. For the tests that hold its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("install.py", "daemon", "shared", "krita_plugin", "gimp_plugin")


@dataclass(frozen=True)
class Import:
    """One imported module, by its absolute name. ``module`` is a package if a name of the package was imported."""

    file: str
    line: int
    module: str
    inside_function: bool


def python_files(*names: str) -> list[str]:
    """The Python files among these files and in these folders, relative to the checkout, in a fixed order."""
    found: list[Path] = []
    for name in names:
        path = ROOT / name
        found += [path] if path.is_file() else path.rglob("*.py")
    files = (path.relative_to(ROOT) for path in found)
    return sorted(file.as_posix() for file in files if "output" not in file.parts)


def text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports(file: str, source: str) -> Iterator[Import]:
    """Every import statement of a file; ``from package import module`` counts as an import of the module."""
    package = file.split("/")[:-1]

    def visit(node: ast.AST, inside_function: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(file, child.lineno, alias.name, inside_function)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) + 1 - child.level] if child.level else []
                origin = ".".join([*base, *(child.module or "").split(".")]).strip(".")
                for alias in child.names:
                    member = f"{origin}.{alias.name}"
                    yield Import(file, child.lineno, member if is_module(member) else origin, inside_function)
            else:
                function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                yield from visit(child, inside_function or function)

    yield from visit(ast.parse(source), False)


def functions(file: str) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function of a file, from ``def`` to its last line."""
    for node in ast.walk(ast.parse(text(file))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
