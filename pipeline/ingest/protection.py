"""Whether a book is under DRM; obfuscated fonts are not."""

from pipeline.errors import ProtectedBook
from pipeline.ingest.archive import Archive
from pipeline.ingest.markup import NotMarkupError, local_name, parse_xml
from pipeline.ingest.package import Package

ENCRYPTION = "META-INF/encryption.xml"
RIGHTS = ("META-INF/rights.xml", "META-INF/sinf.xml", "META-INF/license.lcpl")  # Adobe, Apple, Readium
FONT_OBFUSCATION = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#rc"})


def refuse_protected(archive: Archive, package: Package) -> None:
    """Raises ProtectedBook if a text of the book is encrypted, or a rights file of a DRM system lies in it."""
    locked = encrypted_files(archive)
    texts = {item.file for item in package.items if item.is_content} | {package.nav, package.ncx, package.file}
    if locked & texts:
        raise ProtectedBook("the text is encrypted (DRM)", where=archive.where)
    for name in RIGHTS:
        if archive.find(name):
            raise ProtectedBook(f"it carries the rights file of a DRM system, {name}", where=archive.where)


def encrypted_files(archive: Archive) -> frozenset[str]:
    """The members that encryption.xml says are really encrypted. Raises ProtectedBook if it cannot be read."""
    if not archive.find(ENCRYPTION):
        return frozenset()
    try:
        root = parse_xml(archive.read(ENCRYPTION)).root
    except NotMarkupError as error:
        raise ProtectedBook(
            f"its {ENCRYPTION} is unreadable, so parts may be encrypted", where=archive.where
        ) from error
    found: set[str] = set()
    for entry in root.iter():
        if local_name(entry) == "encrypteddata":
            parts = list(entry.iter())
            methods = [part.get("Algorithm", "") for part in parts if local_name(part) == "encryptionmethod"]
            uris = [part.get("URI", "") for part in parts if local_name(part) == "cipherreference"]
            if not methods or methods[0].lower() not in FONT_OBFUSCATION:
                found.update(archive.locate(uri, "mimetype")[0] for uri in uris)
    return frozenset(found - {""})
