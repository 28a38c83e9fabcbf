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
    "daemon/setup/login/start.py": ("daemon/setup/login/texts.py", "-m daemon.setup.login.start"),
    "daemon/training/distill.py": ("tests/bench/README.md", "python -m daemon.training.distill"),
    "shared/client/bridge.py": ("shared/client/link.py", "shared.client.bridge"),
    "krita_plugin/__init__.py": ("daemon/setup/editors/krita.py", '"krita_plugin"'),
    "gimp_plugin/belladonna.py": ("daemon/setup/editors/gimp.py", '"gimp_plugin"'),
    "gimp_plugin/plugin.py": ("gimp_plugin/belladonna.py", 'load("plugin")'),
}
"""Where the product begins: modules that no other imports → the file that starts them, and what is written there.

The modules of ``daemon/commands/`` that ``daemon/__main__.py`` lists are such, too.
"""

LOADED_BY_TESTS = {
    "tests/bench/echo_engine.py",  # by the worker, in the engine's place
    "tests/daemon/fake_engine.py",
    "tests/e2e/gimp_driver.py",  # inside the editors
    "tests/e2e/krita_driver/plugin.py",
}

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


def files_of(module: str) -> set[str]:
    """The files that importing a module runs, as far as they are the product's: its own and those of its packages."""
    path = module.replace(".", "/")
    parents = [path[:end] for end in range(len(path)) if path[end] == "/"]
    return {f"{path}.py", *(f"{folder}/__init__.py" for folder in [*parents, path])} & set(PRODUCT_FILES)


def imported_by(file: str) -> set[str]:
    return {other for found in imports(file, text(file)) for other in files_of(found.module)} - {file}


def test_every_module_is_reached_from_where_the_product_begins() -> None:
    reached: set[str] = set()
    begins = [file.removesuffix(".py").replace("/", ".") for file in {*STARTED_BY, *commands()}]
    waiting = {file for module in begins for file in files_of(module)}
    while waiting:
        file = waiting.pop()
        reached.add(file)
        waiting |= imported_by(file) - reached
    assert set(PRODUCT_FILES) - reached == set()


def test_every_helper_of_the_tests_is_used() -> None:
    modules = [found.module.split(".") for file in TEST_FILES for found in imports(file, text(file))]
    imported = {name for names in modules if names[0] not in PRODUCT for name in names}
    helpers = {
        file
        for file in TEST_FILES
        if not file.rpartition("/")[2].startswith(("test_", "conftest.", "__"))
        and 'if __name__ == "__main__":' not in text(file)
    }
    assert {file for file in helpers if file.rpartition("/")[2][:-3] not in imported} == LOADED_BY_TESTS


@pytest.mark.parametrize("module", sorted(STARTED_BY))
def test_what_is_started_otherwise_really_is(module: str) -> None:
    starter, words = STARTED_BY[module]
    assert (ROOT / module).is_file()
    importers = [file for file in PRODUCT_FILES if module in imported_by(file) and not module.endswith("__init__.py")]
    assert importers == [], "it is imported, so it needs no exception"
    assert words in text(starter)


def test_there_are_more_tests_than_product(capsys: pytest.CaptureFixture[str]) -> None:
    product, tests = (sum(len(text(file).splitlines()) for file in files) for files in (PRODUCT_FILES, TEST_FILES))
    with capsys.disabled():
        print(f"\n{product} lines of product, {tests} of tests: 1 to {tests / product:.2f}")
    assert tests >= LEAST_TESTS * product
