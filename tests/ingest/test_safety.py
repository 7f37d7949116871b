"""Books that mean harm or are locked: refused at once, in one line, before anything is unpacked."""

import struct
import time
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import BookError, DamagedBook, ProtectedBook, UnsafeBook
from pipeline.ingest import archive, read_book
from tests.ingest.epubs import Epub, page

ONE = {"a.xhtml": page("<p>Text.</p>")}
ENCRYPTION = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{algorithm}"/>
<enc:CipherData><enc:CipherReference URI="{uri}"/></enc:CipherData></enc:EncryptedData></encryption>"""
AES = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"


def encrypted(uri: str, algorithm: str) -> Epub:
    text = ENCRYPTION.format(uri=uri, algorithm=algorithm)
    return Epub(ONE, raw={"META-INF/encryption.xml": text.encode(), "OEBPS/f.otf": b"font"})


def refusal(path: Path, kind: type[BookError]) -> str:
    started = time.perf_counter()
    with pytest.raises(kind) as caught:
        read_book(path)
    assert time.perf_counter() - started < 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.epub"
    path.write_bytes(content)
    assert "zip" in refusal(path, DamagedBook)


def test_a_truncated_zip_is_damaged(tmp_path: Path) -> None:
    path = Epub(ONE).write(tmp_path)
    path.write_bytes(path.read_bytes()[:-60])
    refusal(path, DamagedBook)


def test_damage_inside_a_part_is_named(tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    with zipfile.ZipFile(path, "w") as out:
        for name, content in Epub(ONE).members().items():
            out.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"Text.", b"Tixt.", 1))
    assert "a.xhtml" in refusal(path, DamagedBook)


def test_a_bomb_by_ratio_is_refused(tmp_path: Path) -> None:
    path = Epub(ONE, raw={"OEBPS/zeros.bin": bytes(20 * 2**20)}).write(tmp_path)
    assert "bomb" in refusal(path, UnsafeBook)


def test_a_bomb_by_count_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 50)
    path = Epub(ONE, raw={f"x/{number}": b"" for number in range(60)}).write(tmp_path)
    assert "files in the zip" in refusal(path, UnsafeBook)


def test_a_bomb_by_total_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1000)
    refusal(Epub(ONE, raw={"x": bytes(1001)}).write(tmp_path), UnsafeBook)


def test_a_part_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 2000)
    refusal(Epub({"a.xhtml": page("<p>" + "abc " * 600 + "</p>")}).write(tmp_path), UnsafeBook)


def test_a_size_that_lies_unpacks_no_more_than_it_says(tmp_path: Path) -> None:
    path = Epub({"a.xhtml": page("<p>" + "Text. " * 1000 + "</p>")}).write(tmp_path)
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02", 0, data.rfind(b"OEBPS/a.xhtml"))
    data[entry + 24 : entry + 28] = struct.pack("<I", 100)
    path.write_bytes(bytes(data))
    refusal(path, DamagedBook)


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "..\\evil"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    assert "outside" in refusal(Epub(ONE, raw={name: b"x"}).write(tmp_path), UnsafeBook)


def test_an_href_cannot_leave_the_book(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text(page("<p>secret</p>"), encoding="utf-8")
    manifest = '<item id="s" href="../../../secret.xhtml" media-type="application/xhtml+xml"/>'
    book = read_book(Epub(ONE, manifest=manifest, spine='<itemref idref="s"/>').write(tmp_path))
    assert "secret" not in "".join(block.text for block in book.blocks())
    assert any("secret.xhtml" in note for note in book.notes)


@pytest.mark.parametrize("member", ["OEBPS/book.opf", "OEBPS/a.xhtml", "META-INF/container.xml"])
def test_entities_expand_nowhere(tmp_path: Path, member: str) -> None:
    entities = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 30))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    plain = Epub(ONE).members()[member]
    text = plain if isinstance(plain, str) else plain.decode()
    text = text.replace("<!DOCTYPE html>", "").replace("Text.", "&l29;&f;")
    head, _, rest = text.partition("?>\n") if "?>\n" in text else text.partition("?>")
    started = time.perf_counter()
    book = read_book(Epub(ONE, raw={member: f"{head}?>{doctype}{rest}".encode()}).write(tmp_path))
    assert time.perf_counter() - started < 1
    assert [block.text for block in book.blocks()] in (["Text."], ["&l29;&f;"])


def test_an_encrypted_text_is_drm(tmp_path: Path) -> None:
    assert "DRM" in refusal(encrypted("OEBPS/a.xhtml", AES).write(tmp_path), ProtectedBook)


@pytest.mark.parametrize("name", ["META-INF/rights.xml", "META-INF/sinf.xml", "META-INF/license.lcpl"])
def test_a_rights_file_is_drm(tmp_path: Path, name: str) -> None:
    assert "DRM" in refusal(Epub(ONE, raw={name: b"<rights/>"}).write(tmp_path), ProtectedBook)


@pytest.mark.parametrize(
    ("uri", "algorithm"),
    [
        ("OEBPS/f.otf", "http://www.idpf.org/2008/embedding"),
        ("OEBPS/f.otf", "http://ns.adobe.com/pdf/enc#RC"),
        ("OEBPS/f.otf", AES),
    ],
)
def test_hidden_fonts_are_not_drm(tmp_path: Path, uri: str, algorithm: str) -> None:
    assert read_book(encrypted(uri, algorithm).write(tmp_path)).chapters


def test_a_zip_password_is_protection(tmp_path: Path) -> None:
    path = Epub(ONE).write(tmp_path)
    data = bytearray(path.read_bytes())
    position = 0
    while (position := data.find(b"PK\x01\x02", position + 1)) >= 0:
        data[position + 8] |= 1
    path.write_bytes(bytes(data))
    assert "password" in refusal(path, ProtectedBook)
