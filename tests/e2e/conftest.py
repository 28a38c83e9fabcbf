"""Fixtures for tests with real editors. How to use ``krita``: see ``krita_app.py``; ``gimp``: see ``real_gimp.py``."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.machine import paths
from tests.daemon.live_daemon import LiveDaemon
from tests.e2e import debian_tree
from tests.e2e import display as displays
from tests.e2e import private_home as private_homes
from tests.e2e.display import Display
from tests.e2e.installed import Installed, point
from tests.e2e.krita_app import KritaApp, cached_profile
from tests.e2e.krita_folders import KritaFolders, Plugin
from tests.e2e.real_gimp import RealGimp, RunningGimp, find_gimp
from tests.required_programs import require, unavailable

ROOT = Path(__file__).resolve().parents[2]
TREE = os.environ.get("BELLADONNA_KRITA_TREE")  # a release, for instance trixie, or the folder of a tree with a Krita
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a fixture know at its end that its test has failed."""
    report = yield
    item.stash[FAILED] = report.failed or item.stash.get(FAILED, False)
    return report


@pytest.fixture
def output(request: pytest.FixtureRequest) -> Path:
    """Where this test keeps what a person may want to look at: screenshots, logs. Nothing is there at its start."""
    module = request.path.stem.removeprefix("test_")
    folder = ROOT / "tests" / "output" / module / re.sub(r"[^\w.-]+", "-", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """A screen for the editor of this module."""
    require(*displays.PROGRAMS)
    with Display() as display:
        yield display


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """What ``install.py`` has made of the checkout. It is taken away at the end, which must leave nothing."""
    home, user = tmp_path_factory.mktemp("installed") / "belladonna", tmp_path_factory.mktemp("user")
    installed = Installed(home)
    installed.install(user, "none")
    yield installed
    installed.uninstall(user)
    assert not home.exists()
    assert not any(user.iterdir())


@pytest.fixture(scope="module")
def private_home(installed: Installed, krita_in_tree: bool) -> Iterator[Path]:
    """The installed Belladonna's home, as after the computer's start: without a daemon, and with empty logs.

    The daemon that an editor of this module starts there is stopped at the end.
    """
    assert installed.home is not None
    yield installed.home
    private_homes.empty(installed.home)
    if krita_in_tree:  # a daemon was killed with it, if Krita had started that
        paths.connection_file(installed.home).unlink(missing_ok=True)
    for log in paths.logs_dir(installed.home).iterdir():
        log.unlink()


@pytest.fixture(scope="session")
def krita_command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What starts Krita: this machine's, or the one in the Debian tree that ``BELLADONNA_KRITA_TREE`` asks for."""
    require(*displays.PROGRAMS)
    if not TREE:
        require("krita")
        return ["krita"]
    made = os.sep in TREE
    tree = debian_tree.Tree(Path(TREE)) if made else debian_tree.make(TREE, ["krita", "python3-pyqt5"])
    return tree.command(["krita"], binds=[tmp_path_factory.getbasetemp(), ROOT])


@pytest.fixture(scope="session")
def krita_in_tree() -> bool:
    """Whether Krita runs in a Debian tree, and can't call what is outside just so."""
    return bool(TREE)


@pytest.fixture(scope="session")
def krita_profile(krita_command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Krita makes at its first start, kept between runs because that takes 11 s or more."""
    with Display() as display:
        return cached_profile(krita_command, display, tmp_path_factory.mktemp("first-krita") / "krita")


@pytest.fixture(scope="module")
def krita_plugin(installed: Installed, private_home: Path, krita_in_tree: bool) -> Plugin | None:
    """Has ``install.py`` put the plug-in into a Krita. Modules may replace this."""

    def install(folders: KritaFolders) -> None:
        installed.install(folders.home, "krita")
        point(folders.plugin, private_home, in_tree=krita_in_tree)

    return install


@pytest.fixture(scope="module")
def kritas(
    tmp_path_factory: pytest.TempPathFactory,
    krita_command: list[str],
    krita_profile: Path,
    krita_plugin: Plugin | None,
    display: Display,  # only so that the screen outlives them
) -> Iterator[Callable[..., KritaApp]]:
    """Starts Kritas: ``kritas(display, …)`` with ``KritaApp``'s other arguments. They are closed with the module."""
    with contextlib.ExitStack() as closing:

        def start(display: Display, **settings: Any) -> KritaApp:
            folder = tmp_path_factory.mktemp("krita") / "krita"
            usual = {"command": krita_command, "plugin": krita_plugin, "profile": krita_profile}
            krita = KritaApp(folder, display, **{**usual, **settings})
            closing.callback(krita.close)
            return krita

        yield start


@pytest.fixture(scope="module")
def module_krita(kritas: Callable[..., KritaApp], display: Display) -> Callable[[], KritaApp]:
    """The Krita of this module, started when it is first wanted, and again if a test was its end."""
    current: list[KritaApp] = []

    def get() -> KritaApp:
        if not current or not current[-1].running:
            current.append(kritas(display))
        return current[-1]

    return get


@pytest.fixture
def krita(request: pytest.FixtureRequest, module_krita: Callable[[], KritaApp], output: Path) -> Iterator[KritaApp]:
    """The Krita of this module, without documents and dialogs."""
    krita = module_krita()
    yield krita
    leave_in_order(krita, request, output)


@pytest.fixture
def start_krita(
    request: pytest.FixtureRequest, kritas: Callable[..., KritaApp], output: Path
) -> Iterator[Callable[..., KritaApp]]:
    """Start a Krita of the test's own, on a screen of its own: ``start_krita(files=[…], environment={…}, …)``."""
    with contextlib.ExitStack() as ending:

        def start(**settings: Any) -> KritaApp:
            krita = kritas(ending.enter_context(Display()), **settings)
            ending.callback(krita.close)
            ending.callback(leave_in_order, krita, request, output)
            return krita

        yield start


def leave_in_order(krita: KritaApp, request: pytest.FixtureRequest, output: Path) -> None:
    """After a test: keep what explains its failure, close everything, and fail if nobody caught an exception.

    A Krita that can't be put in order isn't used again.
    """
    if request.node.stash.get(FAILED, False):
        krita.keep(output)
    if not krita.running:
        return
    uncaught = krita.uncaught()
    try:
        krita.tidy()
        uncaught += krita.uncaught()
    except BaseException:
        krita.keep(output)
        krita.process.kill()
        raise
    if uncaught:
        krita.keep(output)
        pytest.fail("Nobody caught this inside Krita:\n" + "\n".join(uncaught), pytrace=False)


@pytest.fixture(scope="session")
def gimp_place() -> debian_tree.Tree | None:
    """Where GIMP 3 is: in a tree, or, None, on this machine."""
    try:
        return find_gimp()
    except debian_tree.TreeError as problem:
        unavailable(f"there is no GIMP 3: {problem}")


@pytest.fixture(scope="session")
def fake_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home in which a daemon with the fake engine runs (see ``fake_engine.py``)."""
    with private_homes.private_home(tmp_path_factory.mktemp("fake")) as home:
        daemon = LiveDaemon(home, {}, {})
        try:
            yield home
        finally:
            daemon.end()


@pytest.fixture(scope="session")
def gimp_profile(
    gimp_place: debian_tree.Tree | None, installed: Installed, fake_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> RealGimp:
    """A GIMP into which ``install.py`` has put the plug-in, which then was pointed to the daemon of ``fake_home``."""
    gimp = RealGimp(tmp_path_factory.mktemp("gimp"), gimp_place)
    installed.install(gimp.user, "gimp")
    gimp.use(fake_home)
    return gimp


@pytest.fixture(scope="session")
def gimp_console(gimp_profile: RealGimp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGimp]:
    """GIMP without its window, one for all tests."""
    with gimp_profile.start(binds=[tmp_path_factory.getbasetemp()]) as running:
        yield running


@pytest.fixture
def gimp(gimp_console: RunningGimp) -> Iterator[RunningGimp]:
    """GIMP without its window; a test must leave no image behind, and neither must the plug-in."""
    yield gimp_console
    assert gimp_console.do("result = close_images()") == []
