"""The book as it will be spoken, for people to read before it is."""

from collections.abc import Iterator, Sequence

from pipeline.book import Block
from pipeline.planning import Plan, PlannedChunk
from pipeline.script import Line
from pipeline.script.additions import is_ours
from pipeline.script.text_tags import RULE as TEXT_TAG
from pipeline.speech.cast import NARRATOR
from pipeline.speech.request import shortened


def spoken_page(plan: Plan) -> Iterator[str]:
    """The book as it will be spoken, chunk by chunk, with what is left out in ⟦rule: …⟧ where it stood.

    Words of ours, which are not the book's, stand in ⟨…⟩: audio tags too, and a scene where it begins. What one of the
    cast says has the name before it, and the manner. Behind each chunk stands what parts it from the next one, and the
    key by which it can be taken again.
    """
    planned = {chapter.number: chapter for chapter in plan.chapters}
    books = dict(enumerate(plan.book.chapters, start=1))
    for number in sorted({*planned, *books} if plan.job.chapters is None else planned):
        title = planned[number].title if number in planned else books[number].title
        yield f"# {number}. {title}\n"
        chunks = planned[number].chunks if number in planned else ()
        yield from _spoken_chapter(books[number].blocks if number in books else (), chunks)


def _spoken_chapter(blocks: Sequence[Block], chunks: Sequence[PlannedChunk]) -> Iterator[str]:
    reached, shown, scene = 0, -1, ""
    for planned in chunks:
        chunk = planned.chunk
        for line in chunk.lines:
            if line.voicing.scene != scene:
                scene = line.voicing.scene
                yield f"⟨scene: {scene}⟩\n" if scene else "⟨the scene ends⟩\n"
            if is_ours(line):
                yield f"⟨{line.text}⟩\n"
                continue
            yield from _left_out(blocks[reached : line.block])
            shown = shown if line.block < reached else -1
            reached = max(reached, line.block + 1)
            yield _who(line) + _with_omissions(blocks[line.block], line, after=shown) + "\n"
            shown = line.end
        yield f"    -- {chunk.after} --  {shortened(planned.order.key)}\n"
    yield from _left_out(blocks[reached:])


def _who(line: Line) -> str:
    manner = f" ({line.voicing.style})" if line.voicing.style else ""
    return "" if line.speaker == NARRATOR and not manner else f"{line.speaker}{manner} ▸ "


def _left_out(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if block.rule:
            yield f"⟦{block.rule}: {block.text}⟧\n"


def _with_omissions(block: Block, line: Line, *, after: int) -> str:
    """The line with its tags and what was left out of it, and before it as far back as the line before, which ends at
    `after`. A tag that stood in the text is among the latter.
    """
    inside = [omission for omission in block.omissions if after < omission.at <= line.end]
    left_out = [(max(0, one.at - line.start), f"⟦{one.rule}: {one.text}⟧") for one in inside]
    in_text = {at for (at, _), one in zip(left_out, inside, strict=True) if one.rule == TEXT_TAG}
    tags = [(tag.at, f"⟨[{tag.words}]⟩ ") for tag in line.tags if tag.at not in in_text]
    text = line.text
    for at, shown in reversed(sorted([*left_out, *tags], key=lambda shown: shown[0])):  # noqa: C413  the last of a place first
        text = f"{text[:at]}{shown}{text[at:]}"
    return text.rstrip()
