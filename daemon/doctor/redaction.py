"""Takes out of a text what says whose it is: the user's names, the computer's name, folders, passwords in addresses."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_PASSWORD = re.compile(r"(://)[^/@\s]+@")


@dataclass(frozen=True)
class Identity:
    """What is not to be seen, and ``folders``: a path → what stands for it."""

    users: tuple[str, ...]
    hosts: tuple[str, ...]
    folders: Mapping[str, str]


def identity(home: Path) -> Identity:
    """Of whoever runs this, with Belladonna's ``home``."""
    named = (os.environ.get(variable, "") for variable in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"))
    own = Path.home()
    users = {*named, *_account(), own.name}
    host = socket.gethostname()
    return Identity(
        users=tuple(sorted(user for user in users if user)),
        hosts=tuple({name for name in (host, host.partition(".")[0]) if name and name != "localhost"}),
        folders={
            **{str(path): "<belladonna>" for path in (home, home.resolve())},
            **{str(path): "~" for path in (own, own.resolve()) if path != Path(path.anchor)},
        },
    )


def redacted(text: str, who: Identity) -> str:
    """The text without them, whatever their case; a name inside a longer word stays, as in “channel” for “ann”."""
    text = _PASSWORD.sub(r"\1<redacted>@", text)
    for folder, stand_in in sorted(who.folders.items(), key=lambda pair: -len(pair[0])):
        text = _replace(text, [folder], stand_in)
    return _replace(_replace(text, who.hosts, "<host>"), who.users, "<user>")


def _replace(text: str, names: Iterable[str], stand_in: str) -> str:
    forms = sorted({form for name in names for form in _spellings(name)}, key=len, reverse=True)
    if not forms:
        return text
    found = "|".join(map(re.escape, forms))
    return re.sub(rf"(?<![^\W_])(?:{found})(?![^\W_])", lambda _: stand_in, text, flags=re.IGNORECASE)


def _spellings(name: str) -> set[str]:
    """As it may stand in a text: other slashes, letters composed or not, as in JSON or an address, short as in DOS."""
    plain = {form(name) for form in (str, _composed, _decomposed)}
    plain |= {each.replace("\\", "/") for each in plain}
    encoded = {json.dumps(each)[1:-1] for each in plain} | {quote(each, safe="/:") for each in plain}
    short = re.sub(r"[ .]", "", name)[:6] + "~1"
    return plain | encoded | ({short} if len(name) > 8 and not {"/", "\\"} & set(name) else set())


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _decomposed(text: str) -> str:
    """As macOS keeps file names."""
    return unicodedata.normalize("NFD", text)


def _account() -> list[str]:
    """The login name and the full name that the system has for this user."""
    names = []
    try:
        names.append(getpass.getuser())
        import pwd  # missing on Windows

        account = pwd.getpwuid(os.getuid())
        names += [account.pw_name, account.pw_gecos.partition(",")[0].strip()]
    except (ImportError, KeyError, OSError):  # a container's user may be in no list
        pass
    return names
