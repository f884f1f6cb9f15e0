"""Is a file written whole or not at all?"""

import os

import pytest

from simsuff.studies.files import write_atomically


def test_content_and_permissions(tmp_path):
    mask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new" / "a.txt", "π")
    finally:
        os.umask(mask)
    assert (tmp_path / "new" / "a.txt").read_text(encoding="utf-8") == "π"
    assert (tmp_path / "new" / "a.txt").stat().st_mode & 0o777 == 0o640


def test_a_failed_rename_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_text() == "old"
