from __future__ import annotations

from matcher.language import load_programme
from programmes import programme_names, programme_path
from tests.shipped import NAMES


def test_every_shipped_programme_is_named_and_nothing_else() -> None:
    assert programme_names() == NAMES
    for name in programme_names():
        load_programme(programme_path(name))
