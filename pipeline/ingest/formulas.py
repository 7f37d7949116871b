"""MathML as one line of text that can be read aloud. Pure."""

from lxml import etree

from pipeline.ingest.elements import all_text, local_name

_CELLS = frozenset({"mtd", "mtr", "mlabeledtr"})  # of a matrix: a comma after a column, a semicolon after a row
_UNREAD = frozenset({"annotation", "annotation-xml"})
_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_", "mover": "^", "munder": "_", "mroot": "√"}


def linear_form(formula: etree._Element) -> str:
    """`a/b`, `x^2`, `√(x)`: the characters of the source in their order, with ours between them."""
    parts: list[str] = []
    events = etree.iterwalk(formula, events=("start", "end"))
    for event, element in events:
        name = local_name(element)
        if event == "start" and name in _UNREAD:
            events.skip_subtree()
        elif event == "start":
            parts += _opening(element, name), (element.text or "").strip()
        else:
            parts += (")" if name == "msqrt" or _is_grouped(element) else "",)
        if event == "end" and element is not formula:
            parts.append((element.tail or "").strip())
    return " ".join("".join(parts).split())


def _opening(element: etree._Element, name: str) -> str:
    parent = element.getparent()
    outer = "" if parent is None else local_name(parent)
    if name in _CELLS and element.getprevious() is not None:
        return ", " if name == "mtd" else "; "
    between = _BETWEEN.get(outer, "") if element.getprevious() is not None else ""
    sign = "√(" if name == "msqrt" else ""
    if not between and name in ("mo",):
        return " " if element.getprevious() is not None else ""
    before = parent is not None and outer in ("mrow", "math") and element.getprevious() is not None
    return between + sign + (" " if before and not between else "") + ("(" if _is_grouped(element) else "")


def _is_grouped(element: etree._Element) -> bool:
    """Whether a part of a fraction or power needs brackets around it."""
    parent = element.getparent()
    return local_name(element) == "mrow" and len(element) > 1 and parent is not None and local_name(parent) in _BETWEEN


def unread_text(formula: etree._Element) -> str:
    """The text of annotations, which the linear form leaves out."""
    return "".join(all_text(element) for element in formula.iter(etree.Element) if local_name(element) in _UNREAD)
