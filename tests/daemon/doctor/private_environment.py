"""A private environment as install.py makes it, in a moment: a real one that borrows the packages of the tests."""

from __future__ import annotations

import base64
import hashlib
import re
import sysconfig
import venv
from pathlib import Path

from shared import VERSION
from shared.machine import paths

ROOT = Path(__file__).resolve().parents[3]
PROJECT = re.compile(r'^    "(?P<requirement>[a-z][a-z-]+[=>]=[\d.]+)"', re.MULTILINE)


class PrivateEnvironment:
    """``home`` is where the checks are to look; ``site`` goes before what is borrowed."""

    def __init__(self, folder: Path) -> None:
        self.home = paths.private_dir(folder / "home")
        self.python = paths.venv_python(self.home)
        venv.create(paths.venv_dir(self.home), with_pip=False, symlinks=True)
        self.site = next(paths.venv_dir(self.home).glob("[Ll]ib/**/site-packages"))
        borrowed = (str(ROOT), *{sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
        (self.site / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("optional-dependencies")[0]
        self.requirements = PROJECT.findall(project)
        self.install(*self.requirements)

    def install(self, *requirements: str, version: str = VERSION, files: dict[str, bytes] | None = None) -> None:
        """Write Belladonna's metadata, and files of it that are then listed there with their hashes."""
        needed = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
        extra = "Requires-Dist: no-such-package; extra == 'test'\n"
        metadata = f"Metadata-Version: 2.1\nName: belladonna\nVersion: {version}\n{needed}{extra}"
        self._note("belladonna", metadata, files or {})

    def _note(self, package: str, metadata: str, files: dict[str, bytes]) -> None:
        info = f"{package}-0.dist-info"
        record = f"{info}/RECORD,,\n{package}/__pycache__/a.cpython-311.pyc,,\n"
        for name, content in {**files, f"{info}/METADATA": metadata.encode()}.items():
            self.lay(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(content)}\n"
        self.lay(f"{info}/RECORD", record.encode())

    def lay(self, name: str, content: bytes) -> None:
        """Put a file before everything that is borrowed."""
        path = self.site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
