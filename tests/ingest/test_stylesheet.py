"""What a sheet hides, numbers and parts: the cascade as far as it is followed, and bounds on what it may cost."""

import time

import pytest
from lxml import etree

from pipeline.ingest.content import page_from
from pipeline.ingest.hiding import Hidden, hidden_by
from pipeline.ingest.stylesheet import MAX_RULES, MAX_SHEET_CHARS, joined, read_stylesheet

PAGE = """<body><div class="a b" id="one"><p class="c">x</p><p>y</p></div><p class="c" id="two">z</p>
<ol class="n"><li>i</li></ol><p><span class="l">s</span></p></body>"""


def on_page(*sheets: str, page: str = PAGE) -> tuple[etree._Element, Hidden]:
    root = etree.fromstring(page)
    return root, hidden_by(joined([read_stylesheet(sheet) for sheet in sheets]), page_from(root, "page"))


def hidden_texts(*sheets: str, page: str = PAGE) -> list[str]:
    _, hidden = on_page(*sheets, page=page)
    return sorted("".join(element.itertext()) for element in hidden.elements)


@pytest.mark.parametrize(
    ("sheet", "texts"),
    [
        (".c { display: none }", ["x", "z"]),
        ("p.c { DISPLAY : None ! important }", ["x", "z"]),
        ("div > .c { visibility: hidden }", ["x"]),
        ("#two, .nothing { visibility: collapse }", ["z"]),
        ('[id="two"] { display: none }', ["z"]),
        (".a.b p { display: none }", ["x", "y"]),
        ("div p:first-child { display: none }", []),  # by position: shown, rather than guessed at
        ("p + p { display: none }", []),
        (".c::before { display: none }", []),
        ("@media print { .c { display: none } }", []),
        ("@media screen, print { .c { display: none } }", ["x", "z"]),
        ("@media screen { @media all { .c { display: none } } }", ["x", "z"]),
        ("@font-face { src: url(x) } .c { display: none }", ["x", "z"]),
        ("/* .c { display: none } */", []),
        (".c { display: none", ["x", "z"]),  # the end of the sheet closes it
        ("body { display: none }", []),
    ],
)
def test_selectors_that_are_followed_and_those_that_are_not(sheet: str, texts: list[str]) -> None:
    assert hidden_texts(sheet) == texts


@pytest.mark.parametrize(
    ("sheets", "texts"),
    [
        ((".c { display: none } .c { display: block }",), []),
        ((".c { display: block } .c { display: none }",), ["x", "z"]),
        (("#two { display: block } .c { display: none }",), ["x"]),
        ((".c { display: none !important } #two { display: block }",), ["x", "z"]),
        ((".c { display: none }", ".c { display: block }"), []),
        (("p.c { display: none }", ".c { display: block }"), ["x", "z"]),
    ],
)
def test_the_stronger_word_counts_then_the_later(sheets: tuple[str, ...], texts: list[str]) -> None:
    assert hidden_texts(*sheets) == texts


def test_an_element_s_own_style_has_the_last_word() -> None:
    page = '<body><p class="c" style="display: block">x</p><p style="DISPLAY:none !important">y</p></body>'
    assert hidden_texts(".c { display: none }", page=page) == ["y"]


@pytest.mark.parametrize(
    ("sheet", "kind"),
    [
        (".n { list-style-type: upper-roman }", "I"),
        (".n { list-style: lower-latin inside }", "a"),
        ("ol { list-style: none }", "none"),
        ("ol { list-style: none } .n { list-style-type: decimal }", "1"),
        (".n { list-style-type: hiragana }", None),
        ("li { list-style: none }", None),
    ],
)
def test_how_a_list_is_numbered(sheet: str, kind: str | None) -> None:
    root, hidden = on_page(sheet)
    assert hidden.list_types.get(next(root.iter("ol"))) == kind


@pytest.mark.parametrize(
    ("sheet", "is_line"),
    [
        (".l { display: block }", True),
        (".l { display: list-item }", True),
        (".l { display: inline-block }", False),
        (".l { display: block; float: left }", False),  # a drop cap
        (".l { display: block; float: none }", True),
        ("p { display: block }", False),
    ],
)
def test_words_on_a_line_of_their_own(sheet: str, is_line: bool) -> None:
    root, hidden = on_page(sheet)
    assert (next(root.iter("span")) in hidden.lines) == is_line


def test_a_rule_that_cannot_be_read_is_a_fault_and_the_rest_counts() -> None:
    sheet = read_stylesheet("p..c { display: none } .c { display: none }")
    assert "1 rules" in sheet.faults[0]
    assert hidden_texts("p..c { display: none } .c { display: none }") == ["x", "z"]


def test_rules_that_only_say_how_it_looks_leave_room_for_those_that_hide() -> None:
    looks = "p { color: black }\n" * (2 * MAX_RULES)
    assert hidden_texts(f"{looks} .c {{ display: none }}") == ["x", "z"]
    assert not read_stylesheet(f"{looks} .c {{ display: none }}").faults


def test_more_rules_that_hide_than_are_followed_are_a_fault() -> None:
    sheet = ".d { display: none }\n" * MAX_RULES
    assert not read_stylesheet(sheet).faults
    [fault] = read_stylesheet(f"{sheet} .c {{ display: none }} .b {{ color: red }}").faults
    assert fault == "1 rules of a style sheet are more than are followed; what they hide is shown"
    assert hidden_texts(f"{sheet} .c {{ display: none }}") == []


def test_a_later_sheet_counts_over_a_rule_far_down_an_earlier_one() -> None:
    looks = "p { color: black }\n" * (2 * MAX_RULES)
    assert hidden_texts(f"{looks} .c {{ display: none }}", ".c { display: block }") == []


@pytest.mark.parametrize(
    "text", ["display" + " " * MAX_SHEET_CHARS, "display{" * 20_000, "@media all{" * 20_000 + ".c{display:none}"]
)
def test_a_hostile_sheet_hides_nothing(text: str) -> None:
    assert hidden_texts(text) == []


def test_many_rules_on_many_elements_are_bounded() -> None:
    sheet = read_stylesheet("".join(f"div div .c{number} {{ display: none }}" for number in range(900)))
    names = " ".join(f"c{number}" for number in range(900))
    root = etree.fromstring("<body>" + f'<div><p class="{names}">x</p></div>' * 1_000 + "</body>")
    started = time.process_time()
    hidden_by(sheet, page_from(root, "page"))
    assert time.process_time() - started < 3  # 900,000 tests of a selector otherwise
