"""Does a folder become the corpus that it shows, and is every unusable one refused by name?"""

import pytest

from simsuff.corpora import folder_corpus


@pytest.fixture
def folder(tmp_path):
    """Two classes of two files, one of them deeper, with a readme and hidden files beside them."""
    for name, text in (
        ("beta/2", "second"),
        ("beta/1.txt", "first"),
        ("alpha/deep/x.md", "naïve"),
        ("alpha/y", "words"),
        ("alpha/.hidden", ""),
        (".git/config", "none"),
        ("README", "not a class"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_classes_and_files_are_sorted(folder):
    corpus = folder_corpus(folder)
    assert corpus.names == ("alpha", "beta")
    assert corpus.texts == ("naïve", "words", "first", "second")
    assert corpus.labels.tolist() == [0, 0, 1, 1]
    assert folder_corpus(str(folder)).texts == corpus.texts


def test_other_encodings(folder):
    (folder / "alpha" / "y").write_bytes("naïve".encode("latin-1"))
    with pytest.raises(ValueError, match=r"alpha/y \(byte 2 = 0xef\); pass their encoding"):
        folder_corpus(folder)
    assert folder_corpus(folder, encoding="latin-1").texts[1] == "naïve"
    with pytest.raises(ValueError, match="encoding must be known to Python"):
        folder_corpus(folder, encoding="klingon")


def test_unreadable_files_are_reported_all_at_once_or_left_out(folder):
    (folder / "alpha" / "latin").write_bytes("Überfluß".encode("latin-1"))
    (folder / "alpha" / "empty").write_text("")
    (folder / "beta" / "binary").write_bytes(b"PK\0\0\1")
    named = r"alpha/empty \(empty\), alpha/latin \(byte 0 = 0xdc\), beta/binary \(binary: it holds a null character\)"
    with pytest.raises(ValueError, match=rf"3 of 7 files below .*: {named}"):
        folder_corpus(folder)
    with pytest.warns(UserWarning, match="left out, no utf-8 text: 3 of 7 files"):
        corpus = folder_corpus(folder, skip_unreadable=True)
    assert corpus.texts == ("naïve", "words", "first", "second")
    for file in (folder / "beta").iterdir():
        file.write_bytes(b"\xff")
    with pytest.warns(UserWarning, match="left out"), pytest.raises(ValueError, match=r"beta.*drop these"):
        folder_corpus(folder, skip_unreadable=True)


def test_many_unreadable_files_are_counted(folder):
    for k in range(9):
        (folder / "beta" / f"bad{k}").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"9 of 13 files .*bad4 \(byte 0 = 0xff\) and 4 more"):
        folder_corpus(folder)


def test_a_missing_folder(folder):
    for path in (folder / "absent", folder / "README"):
        with pytest.raises(ValueError, match=f"path must be a folder: path = '{path}'"):
            folder_corpus(path)


def test_no_class_and_one_class(folder):
    with pytest.raises(ValueError, match="deep has 0 sub-folders; put the text files of each class"):
        folder_corpus(folder / "alpha" / "deep")
    with pytest.raises(ValueError, match="alpha has 1 sub-folders"):
        folder_corpus(folder / "alpha")


def test_empty_classes_and_files(folder):
    (folder / "alpha" / "y").write_text(" \n\t")
    with pytest.raises(ValueError, match=r"1 of 4 files below .*: alpha/y \(empty\)"):
        folder_corpus(folder)
    (folder / "aaa").mkdir()
    with pytest.raises(ValueError, match=r"path must hold text files: path = '.*aaa'"):
        folder_corpus(folder)
