import pytest

from .preview import Previews


@pytest.fixture
def previews(tmp_path, monkeypatch, capsys):
    return Previews(tmp_path, monkeypatch, capsys)
