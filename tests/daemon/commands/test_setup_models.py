"""Which encoders ``belladonna setup`` fetches, and when it asks."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.commands import models
from daemon.commands.setup import fetch_models
from daemon.models.store import Store
from daemon.models.table import Model
from daemon.setup.options import Options
from daemon.setup.uninstall import Uninstaller


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been fetched, all of it with success."""
    names: list[str] = []

    def install(wanted: list[Model], store: Store, source: str | None = None) -> bool:
        names.extend(model.name for model in wanted)
        return True

    monkeypatch.setattr(models, "install", install)
    return names


def terminal(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> list[str]:
    """A terminal whose user answers so; None: there is no terminal. Returns the questions."""
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return answer or ""

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: answer is not None))
    monkeypatch.setattr("builtins.input", ask)
    return questions


@pytest.mark.parametrize(("answer", "count"), [("", 6), ("y", 6), ("n", 0)])
def test_it_asks_once(
    answer: str, count: int, store: Store, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = terminal(monkeypatch, answer)
    assert fetch_models(store, Options(), yes=False)
    assert fetch_models(store, Options(), yes=False)
    assert len(questions) == 1
    assert "40 MB" in questions[0]
    assert len(fetched) == count


@pytest.mark.parametrize("options", [Options(), Options(offline=True), Options(models="none")])
def test_nobody_to_ask_means_none(
    options: Options, store: Store, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = terminal(monkeypatch, "" if options.offline else None)
    assert fetch_models(store, options, yes=False)
    assert questions == fetched == []
    assert not store.folder.exists()


def test_what_was_asked_for_must_come(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(monkeypatch, None)
    monkeypatch.setattr(models, "install", lambda wanted, store: False)
    assert not fetch_models(store, Options(models="full"), yes=False)
    assert "belladonna models install full" in capsys.readouterr().err
    terminal(monkeypatch, "")
    assert fetch_models(store, Options(), yes=False), "what was only offered need not"


def test_uninstalling_removes_them(tmp_path: Path, store: Store) -> None:
    (store.folder / "taesd").mkdir(parents=True)
    assert any(str(store.folder) in line for line in Uninstaller(tmp_path).plan())
