"""Which command is run, and what is said to one that doesn't exist."""

from __future__ import annotations

import pytest

from daemon import __main__ as command_line


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["status", "--no-such-option"]])
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exited:
        command_line.main(arguments)
    assert exited.value.code == 2
    assert "usage: belladonna" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    shown = capsys.readouterr().out
    assert all(command in shown for command in command_line.COMMANDS)
