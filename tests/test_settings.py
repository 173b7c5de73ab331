"""What is set on the package is what the next call reads."""

from __future__ import annotations

import pytest

import lakeway
from lakeway.errors import BadRequestError
from lakeway.settings import TEXTS, Settings, current, current_verification


def test_every_setting_is_an_attribute_of_the_package() -> None:
    """With the same default."""
    assert {name: vars(lakeway)[name] for name in Settings.__struct_fields__} == {
        name: getattr(Settings(), name) for name in Settings.__struct_fields__
    }


def test_settings_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as none changes; a change counts at once, and so does its undoing."""
    before = current()

    assert before is current()
    with monkeypatch.context() as changed:
        changed.setattr(lakeway, "drop_params", True)
        changed.setattr(lakeway, "ssl_verify", False)

        assert (True, False) == (current().drop_params, current_verification())
    assert before == current()


def test_headers_may_be_changed_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping is the caller's own."""
    headers = {"a": "1"}
    monkeypatch.setattr(lakeway, "headers", headers)
    current()
    headers["b"] = "2"

    assert {"a": "1", "b": "2"} == current().headers


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_texts(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What is none is named, and not shown."""
    monkeypatch.setattr(lakeway, name, 12345)
    with pytest.raises(BadRequestError, match=f"lakeway.{name} must be a text") as caught:
        current()

    assert "12345" not in str(caught.value)
