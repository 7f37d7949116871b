"""The book as it will be spoken, for people to read before it is."""

from collections.abc import Iterator, Sequence

from pipeline.book import Block
from pipeline.planning import Plan, PlannedChunk
from pipeline.script import Line
from pipeline.script.additions import is_ours
from pipeline.speech.cast import NARRATOR
from pipeline.speech.request import shortened


def spoken_page(plan: Plan) -> Iterator[str]:
    """The book as it will be spoken, chunk by chunk, with what is left out in ⟦rule: …⟧ where it stood.

    Words of ours, which are not the book's, stand in ⟨…⟩. What one of the cast says has the name before it. Behind
    each chunk stands what parts it from the next one, and the key by which it can be taken again.
    """
    planned = {chapter.number: chapter for chapter in plan.chapters}
    books = dict(enumerate(plan.book.chapters, start=1))
    for number in sorted({*planned, *books} if plan.job.chapters is None else planned):
        title = planned[number].title if number in planned else books[number].title
        yield f"# {number}. {title}\n"
        chunks = planned[number].chunks if number in planned else ()
        yield from _spoken_chapter(books[number].blocks if number in books else (), chunks)


def _spoken_chapter(blocks: Sequence[Block], chunks: Sequence[PlannedChunk]) -> Iterator[str]:
    reached, shown = 0, -1
    for planned in chunks:
        chunk = planned.chunk
        for line in chunk.lines:
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
    return "" if line.speaker == NARRATOR else f"{line.speaker} ▸ "


def _left_out(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if block.rule:
            yield f"⟦{block.rule}: {block.text}⟧\n"


def _with_omissions(block: Block, line: Line, *, after: int) -> str:
    """The line with what was left out of it, and before it as far back as the line before, which ends at `after`."""
    text = line.text
    inside = [omission for omission in block.omissions if after < omission.at <= line.end]
    for omission in reversed(sorted(inside, key=lambda omission: omission.at)):  # noqa: C413  the last of a place first
        at = max(0, omission.at - line.start)
        text = f"{text[:at]}⟦{omission.rule}: {omission.text}⟧{text[at:]}"
    return text
