"""Who may import what: a new module that fits no row needs a new row.

CONTRIBUTING.md shows the table; ``python -m tests.import_table`` brings it there.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest

from tests.source_tree import PRODUCT, ROOT, Import, imports, python_files

QT = {"PyQt5", "PyQt6"}


@dataclass(frozen=True)
class Row:
    """Files, what they may import besides the standard library, and what only inside a function.

    Names are modules or packages; a package allows what is inside it. "." allows the modules in the file's own folder,
    ".." those in the folder above; folders beside them need to be named.
    """

    files: str
    allowed: str = ""
    inside_functions: str = ""


TOLD = "shared.problem shared.protocol.messages shared.wording.note"  # what a refusal or a note is made of
ROOMS = "daemon.shading.anchors daemon.shading.concepts daemon.shading.encoders daemon.shading.visibility"

# The first row whose pattern fits a file holds for it.
TABLE = [
    Row("install.py", inside_functions="shared daemon.setup daemon.commands.setup"),
    # It must run where packages are broken.
    Row("daemon/setup/environment/probe.py"),
    # Runs in whichever Python install.py was started with, before there is an environment.
    Row("daemon/setup/editors/krita.py", ". .. shared", "psutil"),
    Row("daemon/setup/environment/child.py", ". .. shared daemon.exits"),
    *(Row(f"daemon/setup/{room}/*.py", ". .. shared") for room in ("environment", "editors", "login")),
    Row("daemon/setup/*.py", ". shared daemon.setup.environment daemon.setup.editors daemon.setup.login"),
    # Runs inside any editor's Python, and pyzmq may be missing there. Words know the messages; the protocol knows
    # neither client nor machine.
    Row("shared/wording/*.py", ". shared.protocol.messages"),
    Row("shared/protocol/messages.py", "."),
    Row("shared/protocol/picture.py"),
    Row("shared/protocol/options.py"),
    Row("shared/protocol/*.py", ". shared.problem"),
    Row("shared/machine/*.py", ". .. shared.protocol shared.wording"),
    Row("shared/client/link.py", ". .. shared.protocol shared.machine shared.wording", "zmq"),
    Row("shared/client/dealer.py", ". .. shared.protocol shared.machine shared.wording", "zmq"),
    Row("shared/client/bridge.py", ". .. shared.protocol shared.machine shared.wording", "zmq"),
    Row("shared/client/*.py", ". .. shared.protocol shared.machine shared.wording"),
    Row("shared/editor/*.py", ". .. shared.client shared.protocol shared.wording"),
    Row("shared/*.py", ". shared.protocol shared.wording"),
    # The engine knows nothing of the daemon; of the protocol only the options and the codes of a job.
    Row("daemon/shading/concepts/*.py", f". shared.machine.paths {TOLD}"),
    Row("daemon/shading/errors.py"),
    Row("daemon/shading/anchors/*.py", f". .. torch numpy PIL daemon.shading.concepts {TOLD}"),
    # Names without weights: whoever only lists them needs no torch.
    Row("daemon/shading/encoders/table.py", "daemon.models"),
    # diffusers takes seconds to import: only for a surrogate that somebody brought.
    Row("daemon/shading/encoders/diffusers.py", f". torch safetensors {TOLD}", "diffusers"),
    Row("daemon/shading/encoders/*.py", f". .. torch numpy safetensors daemon.models.table {TOLD}"),
    Row("daemon/shading/visibility/*.py", ". .. torch numpy"),
    Row("daemon/shading/purifiers.py", ". torch numpy PIL"),
    Row("daemon/shading/*.py", f". torch numpy {TOLD} {ROOMS}"),
    # Nothing heavy: the service lists them, the engine finds them. The transfer is for the command only.
    Row("daemon/models/download.py", ". shared", "huggingface_hub"),
    Row("daemon/models/*.py", ". shared"),
    Row("daemon/training/*.py", ". torch numpy PIL daemon.shading"),
    # The engine is loaded by name, only once the process has connected; nothing else here needs more than its errors.
    Row("daemon/worker/*.py", ". .. shared zmq numpy daemon.shading.errors"),
    # Pictures as files: the command line's, never the service's (see the test of its sys.modules below).
    Row("daemon/pictures/*.py", f". {TOLD} shared.wording shared.machine.atomic numpy PIL imagecodecs tifffile"),
    # It must run where packages are broken, so what it asks of them is asked by processes of their own.
    Row("daemon/doctor/probe_engine.py", inside_functions="torch daemon.shading"),
    Row("daemon/doctor/*.py", ". .. shared daemon.setup daemon.models daemon.shading.encoders.table"),
    Row("daemon/commands/doctor.py", ". shared daemon.doctor"),
    Row("daemon/commands/setup.py", ". shared daemon.doctor daemon.models daemon.setup"),
    # The commands that talk to the service or are it stay as light as it is.
    Row("daemon/commands/serve.py", ". .. shared daemon.service"),
    *(Row(f"daemon/commands/{name}.py", ". .. shared") for name in ("status", "stop", "interruption")),
    Row("daemon/commands/anchors.py", ". shared daemon.pictures daemon.models daemon.shading.concepts"),
    Row("daemon/commands/models.py", ". shared daemon.models"),
    Row("daemon/commands/*.py", ". .. shared numpy tqdm daemon.pictures daemon.models daemon.shading.encoders.table"),
    Row("daemon/service/jobs.py", ". shared"),
    # What the daemon offers by name; the tables need nothing heavy.
    Row("daemon/service/answers.py", ". .. shared daemon.shading.concepts daemon.shading.encoders.table"),
    Row("daemon/service/*.py", ". .. shared zmq daemon.worker.start"),
    Row("daemon/*.py", ". shared"),
    # Installed, it has a copy of shared inside.
    Row("krita_plugin/*.py", ". krita PyQt5 PyQt6 shared krita_plugin.shared"),
    Row("gimp_plugin/*.py", ". gi shared"),
]


def row_of(file: str) -> Row:
    # fnmatch's * also matches a slash; the number of slashes keeps a row to its own folder.
    fitting = [row for row in TABLE if fnmatch(file, row.files) and file.count("/") == row.files.count("/")]
    assert fitting, f"{file} fits no row of the table"
    return fitting[0]


def forbidden(found: Import) -> bool:
    row = row_of(found.file)
    allowed = row.allowed.split() + (row.inside_functions.split() if found.inside_function else [])
    if found.module.split(".")[0] in sys.stdlib_module_names:
        return False
    own = found.file.rpartition("/")[0].replace("/", ".")
    for dots, folder in ((".", own), ("..", own.rpartition(".")[0])):
        inside = found.module.rpartition(".")[0] == folder and is_file(found.module)
        if dots in allowed and folder and (found.module == folder or inside):
            return False
    return not any(found.module == name or found.module.startswith(f"{name}.") for name in allowed)


def is_file(module: str) -> bool:
    """A module rather than a package: a sibling folder, as daemon/shading is, needs a row that names it."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file()


@pytest.mark.parametrize("file", python_files(*PRODUCT))
def test_imports_keep_to_the_table(file: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    assert [f"{found.file}:{found.line} {found.module}" for found in imports(file, source) if forbidden(found)] == []


@pytest.mark.parametrize(
    ("file", "source", "caught"),
    [
        ("shared/client/client.py", "import zmq", True),
        ("shared/client/client.py", "import numpy", True),
        ("shared/client/client.py", "import daemon.service.jobs", True),
        ("shared/client/client.py", "from ..protocol import messages", False),
        ("shared/protocol/wire.py", "from ..client import link", True),
        ("shared/client/link.py", "import zmq", True),
        ("shared/client/link.py", "def connect():\n    import zmq", False),
        ("daemon/service/loop.py", "import torch", True),
        ("daemon/service/loop.py", "def late():\n    import torch", True),
        ("daemon/service/loop.py", "from ..shading.encoders import embedded", True),
        ("daemon/service/answers.py", "from ..shading import concepts", False),
        ("daemon/service/answers.py", "from ..shading.concepts import resolve", False),
        ("daemon/service/answers.py", "from ..shading.encoders.table import ENCODERS", False),
        ("daemon/service/answers.py", "from ..shading.encoders import registry", True),
        ("daemon/service/loop.py", "from ..pictures import files", True),
        ("daemon/service/loop.py", "from ..worker import start", False),
        ("daemon/service/loop.py", "from ..worker import loop", True),
        ("daemon/worker/loop.py", "import torch", True),
        ("daemon/worker/loop.py", "from ..shading.engine import Engine", True),
        ("daemon/worker/loop.py", "from ..shading.errors import Cancelled", False),
        ("daemon/worker/loop.py", "from .. import logs", False),
        ("daemon/commands/stop.py", "from shared.machine.instance import is_running", False),
        ("daemon/commands/stop.py", "from ..pictures import files", True),
        ("daemon/commands/shade.py", "from ..pictures import files", False),
        ("daemon/commands/shade.py", "from ..shading.engine import Engine", True),
        ("daemon/commands/doctor.py", "from ..doctor import report", False),
        ("daemon/commands/doctor.py", "import numpy", True),
        ("daemon/doctor/running.py", "from shared.client.ask import ask", False),
        ("daemon/doctor/running.py", "from ..commands.shade import complain", True),
        ("daemon/doctor/engine.py", "def late():\n    import torch", True),
        ("daemon/doctor/probe_engine.py", "def main():\n    import torch", False),
        ("daemon/pictures/png.py", "from ..service import jobs", True),
        ("daemon/service/jobs.py", "import zmq", True),
        ("daemon/shading/views.py", "from PIL import Image", True),
        ("daemon/shading/views.py", "from ..service.jobs import Job", True),
        ("daemon/shading/views.py", "from shared.protocol import wire", True),
        ("daemon/shading/encoders/table.py", "import torch", True),
        ("daemon/shading/encoders/registry.py", "def late():\n    import diffusers", True),
        ("daemon/shading/encoders/diffusers.py", "import diffusers", True),
        ("daemon/pictures/files.py", "from shared.machine import atomic", False),
        ("daemon/pictures/files.py", "from shared.machine import location", True),
        ("daemon/shading/engine.py", "from shared.protocol.messages import Options", False),
        ("daemon/shading/engine.py", "from shared.client import link", True),
        ("krita_plugin/dock.py", "import zmq", True),
        ("gimp_plugin/plugin.py", "import krita", True),
        ("install.py", "import numpy", True),
        ("install.py", "from daemon.setup import plan", True),
        ("install.py", "def late():\n    from daemon.setup import plan", False),
        ("install.py", "def late():\n    from daemon.service import jobs", True),
        ("daemon/setup/editors/gimp.py", "from shared.machine import location", False),
        ("daemon/setup/editors/gimp.py", "from ..environment import pip", True),
        ("daemon/setup/plan.py", "from .. import logs", True),
        ("daemon/setup/editors/pyzmq.py", "import zmq", True),
        ("daemon/setup/editors/krita.py", "import psutil", True),
        ("daemon/setup/editors/krita.py", "def late():\n    import psutil", False),
        ("install.py", "if True:\n    try:\n        import requests\n    except ImportError:\n        pass", True),
    ],
)
def test_the_table_catches_what_it_should(file: str, source: str, caught: bool) -> None:
    assert any(forbidden(found) for found in imports(file, source)) is caught


def test_shared_imports_itself_only_relatively() -> None:
    # A copy of the folder is nested inside the Krita plugin, where it isn't called "shared".
    for path in (ROOT / "shared").rglob("*.py"):
        names = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Import)]
        names += [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.level == 0
        ]
        assert "shared" not in {alias.name.split(".")[0] for node in names for alias in node.names}, path.name


def test_krita_plugin_names_qt_and_shared_in_one_file_each() -> None:
    paths = sorted((ROOT / "krita_plugin").rglob("*.py"))
    files = [path.relative_to(ROOT).as_posix() for path in paths]
    found = [each for file in files for each in imports(file, (ROOT / file).read_text(encoding="utf-8"))]
    assert len({each.file for each in found if each.module.split(".")[0] in QT}) <= 1
    assert len({each.file for each in found if "shared" in each.module.split(".")}) <= 1


def test_every_package_is_installed() -> None:
    # setuptools finds packages by their __init__.py; a folder without one would be missing from an installation.
    folders = {path.parent for folder in ("daemon", "shared") for path in (ROOT / folder).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def python(*arguments: str) -> str:
    """Standard output of a fresh Python in the checkout."""
    result = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_service_leaves_the_heavy_packages_alone() -> None:
    loaded = python("-c", "import sys, daemon.service.loop; print(*sys.modules)").split()
    heavy = {"torch", "numpy", "PIL", "diffusers", "safetensors", "tqdm", "imagecodecs", "tifffile", "skimage"}
    assert "zmq" in loaded
    assert heavy.isdisjoint(loaded)
    light = ("daemon.shading.concepts", "daemon.shading.encoders")
    assert [name for name in loaded if name.startswith("daemon.shading.") and not name.startswith(light)] == []


def test_doctor_runs_without_anything_installed() -> None:
    python("-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import daemon.commands.doctor")


def test_worker_reports_before_it_loads_torch() -> None:
    loaded = python("-c", "import sys, daemon.worker.__main__; print(*sys.modules)").split()
    assert {"torch", "numpy", "diffusers"}.isdisjoint(loaded)


def modules_of_shared() -> list[str]:
    files = (path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "shared").rglob("*.py"))
    return sorted(file.replace("/", ".").removesuffix(".__init__") for file in files)


@pytest.mark.parametrize("name", modules_of_shared())
def test_shared_needs_nothing_that_is_installed(name: str) -> None:
    # -S: without site-packages, as in an editor's Python that has no pyzmq; -I: nothing from the environment either.
    python("-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {name}")


def test_installer_needs_nothing_that_is_installed() -> None:
    assert "usage: install.py" in python("-I", "-S", "install.py", "--help")
    python("-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import daemon.setup.installer")
