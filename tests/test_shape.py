"""The shape of the house: how long things may get, how full a folder, and that nothing lies about unused."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.source_tree import PRODUCT, ROOT, functions, imports, python_files, text

LONGEST_MODULE = 300  # lines; 80–200 is what to aim for
LONGEST_FUNCTION = 60
FULLEST_FOLDER = 16  # modules
FULLEST_FOLDER_OF_TESTS = 24  # a room has more tests than modules
LEAST_TESTS = 1.2  # lines of tests for each line of the product
NO_NAMES = {"common.py", "helper.py", "helpers.py", "misc.py", "util.py", "utils.py"}  # they say nothing

STARTED_BY = {
    "install.py": ("README.md", "python3 install.py"),
    "daemon/__main__.py": ("pyproject.toml", '"daemon.__main__:main"'),
    "daemon/worker/__main__.py": ("daemon/worker/start.py", "daemon.worker"),
    "daemon/shading/engine.py": ("daemon/worker/start.py", '"daemon.shading.engine"'),
    "daemon/setup/login_start.py": ("daemon/setup/login_texts.py", "-m daemon.setup.login_start"),
    "daemon/setup/probe_packages.py": ("daemon/setup/packages.py", "probe_packages.py"),
    "daemon/training/distill.py": ("tests/bench/README.md", "python -m daemon.training.distill"),
    "shared/client/bridge.py": ("shared/client/link.py", "shared.client.bridge"),
    "gimp_plugin/belladonna.py": ("daemon/setup/gimp.py", "belladonna"),
    "gimp_plugin/run.py": ("gimp_plugin/belladonna.py", 'load("run")'),
}
"""Modules that run without being imported by name → the file that starts them, and what is written there.

The modules of ``daemon/commands/`` that ``daemon/__main__.py`` lists are such, too.
"""

PRODUCT_FILES = python_files(*PRODUCT)
TEST_FILES = python_files("tests")


def test_modules_are_short() -> None:
    lengths = {file: len(text(file).splitlines()) for file in [*PRODUCT_FILES, *TEST_FILES]}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    found = [(file, *function) for file in [*PRODUCT_FILES, *TEST_FILES] for function in functions(file)]
    assert [(file, name, lines) for file, name, lines in found if lines > LONGEST_FUNCTION] == []


@pytest.mark.parametrize(("files", "most"), [(PRODUCT_FILES, FULLEST_FOLDER), (TEST_FILES, FULLEST_FOLDER_OF_TESTS)])
def test_folders_can_be_taken_in_at_a_glance(files: list[str], most: int) -> None:
    modules = Counter(file.rpartition("/")[0] for file in files if not file.endswith("__init__.py"))
    assert {folder: count for folder, count in modules.items() if count > most} == {}


def test_names_say_what_is_inside() -> None:
    assert [file for file in [*PRODUCT_FILES, *TEST_FILES] if file.rpartition("/")[2] in NO_NAMES] == []


def commands() -> set[str]:
    """The modules that ``daemon/__main__.py`` loads by name."""
    for node in ast.walk(ast.parse(text("daemon/__main__.py"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMMANDS":
            return {f"daemon/commands/{module}.py" for module, _ in ast.literal_eval(node.value).values()}
    raise AssertionError("daemon/__main__.py has no COMMANDS")


def imported_by_the_product() -> set[str]:
    return {
        f"{found.module.replace('.', '/')}.py"
        for file in PRODUCT_FILES
        for found in imports(file, text(file))
        if found.module.replace(".", "/") != file.removesuffix(".py")
    }


def test_every_module_is_used_by_the_product() -> None:
    modules = {file for file in PRODUCT_FILES if not file.endswith("__init__.py")}
    assert modules - imported_by_the_product() - set(STARTED_BY) - commands() == set()


@pytest.mark.parametrize("module", sorted(STARTED_BY))
def test_what_is_started_otherwise_really_is(module: str) -> None:
    starter, words = STARTED_BY[module]
    assert (ROOT / module).is_file()
    assert module not in imported_by_the_product(), "it is imported, so it needs no exception"
    assert words in text(starter)


def test_there_are_more_tests_than_product(capsys: pytest.CaptureFixture[str]) -> None:
    product, tests = (sum(len(text(file).splitlines()) for file in files) for files in (PRODUCT_FILES, TEST_FILES))
    with capsys.disabled():
        print(f"\n{product} lines of product, {tests} of tests: 1 to {tests / product:.2f}")
    assert tests >= LEAST_TESTS * product
