"""`help`: the manual, a page or an entry at a time."""

import shutil
import sys

import click

from pipeline.errors import UsageError

_WIDEST_COLUMNS = 100
"""Longer lines are hard to read, whatever the terminal."""


@click.command("help")
@click.argument("topic", required=False, metavar="[PAGE|ERROR|COMMAND]")
@click.option("--markdown", is_flag=True, help="The page as it is written.")
@click.pass_context
def show_help(ctx: click.Context, topic: str | None, markdown: bool) -> None:
    """Print a page of the manual, what to do about an error, or the flags of a command.

    An error's line ends with the word to ask for. Without an argument the pages are listed.

    \b
    run-pipeline help                      which pages there are
    run-pipeline help first-book           a first audiobook in ten minutes
    run-pipeline help machine-error        what to do about an error that ends with [machine-error]
    run-pipeline help job-file#pace        one part of a page
    """
    from pipeline.manual import found, pages, plain

    if topic is None:
        width = max(len(page.name) for page in pages())
        click.echo("\n".join(f"{page.name:<{width}}  {page.title}" for page in pages()))
        return
    if text := found(topic.strip("[]")):
        columns = min(_WIDEST_COLUMNS, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDEST_COLUMNS
        click.echo(text if markdown else plain(text, columns=columns), nl=False)
        return
    group = ctx.find_root().command
    command = group.get_command(ctx, topic) if isinstance(group, click.Group) else None
    if command is None:
        raise UsageError(f"no page, error or command {topic!r}", where="help", remedy="`run-pipeline help` lists them")
    click.echo(command.get_help(click.Context(command, info_name=f"run-pipeline {topic}", parent=None)))
