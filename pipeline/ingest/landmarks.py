"""What the book's landmarks and its guide call whole files: copyright page, colophon, index."""

from collections.abc import Iterator, Mapping

from pipeline.ingest.archive import Archive
from pipeline.ingest.elements import types
from pipeline.ingest.markup import NotMarkupError, parse_xhtml
from pipeline.ingest.package import Package
from pipeline.ingest.rulings import matter_rule

_MAIN = frozenset({"bodymatter", "text", "start", "toc", "cover"})  # a file called one of these too is no page apart


def declared_rules(package: Package, archive: Archive) -> Mapping[str, str]:
    """Files of front or back matter and the rule for each; the book's start is never one."""
    rules: dict[str, str] = {}
    taken: set[str] = set()
    for kinds, href, base in [*_landmarks(package, archive), *_guide(package)]:
        file, fragment = archive.locate(href, base)
        rule = matter_rule(kinds)
        if not _MAIN.isdisjoint(kinds) or (file in rules and rules[file] != rule):
            taken.add(file)
        elif rule and file and not fragment:
            rules[file] = rule
    return {file: rule for file, rule in rules.items() if file not in taken}


def _landmarks(package: Package, archive: Archive) -> Iterator[tuple[list[str], str, str]]:
    if not package.nav:
        return
    try:
        root = parse_xhtml(archive.read(package.nav)).root
    except NotMarkupError:
        return  # the reader of the contents says so
    for nav in root.iter("{*}nav"):
        if "landmarks" in types(nav):
            for link in nav.iter("{*}a"):
                yield types(link), link.get("href", ""), package.nav


def _guide(package: Package) -> Iterator[tuple[list[str], str, str]]:
    for kind, href in package.guide:
        yield [kind.lower().removeprefix("other.")], href, package.file
