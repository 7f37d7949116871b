"""`takes`: the store of everything that was ever paid for."""

import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.books import job_options, jobs_from, layers_from
from pipeline.cli.completion import offer_folders
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.config import BookJob, Settings
    from pipeline.planning import Plan
    from pipeline.takes.store import StoreSummary, TakeStore


@click.group()
def takes() -> None:
    """Look after the take store."""


takes_option = click.option(
    "--takes", "folder", metavar="DIR", shell_complete=offer_folders, help="Folder of the take store."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@takes.command("ls")
@takes_option
@json_option
def takes_ls(folder: str | None, as_json: bool) -> None:
    """List the takes: key, seconds, model, the beginning of the text."""
    store = _store(folder)
    records = [store.record(key) for key in store.all_keys()]
    if as_json:
        click.echo(json.dumps({"takes": records}, ensure_ascii=False, indent=1))
        return
    for record in records:
        text = " ".join(record["request"]["turns"][0]["text"].split())[:60]
        click.echo(
            f"{record['key'][:16]}  {record['frames'] / record['rate']:6.1f} s  {record['request']['model']}  {text}"
        )
    click.echo(_summary_line(_with_prices(store, store.summary(verify=False))), err=True)


@takes.command("verify")
@takes_option
@json_option
def takes_verify(folder: str | None, as_json: bool) -> None:
    """Read every take and check it against its digest; what is damaged is set aside, to be rendered again."""
    store = _store(folder)
    summary = store.summary(verify=True)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), indent=1))
    else:
        for line in summary.damaged:
            click.echo(line)
        click.echo(_summary_line(_with_prices(store, summary)), err=True)
    sys.exit(4 if summary.damaged else 0)


_sources = click.argument("sources", nargs=-1, type=click.Path(path_type=Path), metavar="[BOOK|JOB.toml]...")
_out = click.option("--out", metavar="DIR", help="Where the books are delivered, and their retakes are known.")


@takes.command("prune")
@_sources
@_out
@job_options
@json_option
@click.option("--to", "size", default="0", metavar="SIZE", help="Stop at this size, as in 20GB [default: 0].")
@click.option("--yes", is_flag=True, help="Delete without being asked.")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
def takes_prune(sources: tuple[Path, ...], as_json: bool, size: str, yes: bool, dry_run: bool, **flags: Any) -> None:
    """Delete what none of the given books uses, oldest first: takes, encoded chapters, refused sounds.

    Give the books and the flags they were made with: takes of another voice are not theirs. Retakes stay, chosen or
    not, as long as the choices beside the delivered book name them. Without books nothing is in use, and all may go.

    \b
    run-pipeline takes prune shelf.toml --engine openrouter --to 20GB
    """
    from pipeline.takes.custody import prunable, prune

    jobs = jobs_from(sources, flags)
    _refuse_unnamed_voices(jobs)
    store = _store_of(jobs, flags)
    used = _used(_plans(jobs), store)
    pruning = prunable(store.root, used, to_bytes=bytes_of(size))
    said = (
        f"{len(pruning.files)} files, {pruning.takes} takes among them: {pruning.freed_bytes / 1e6:.0f} MB would go, "
        f"{pruning.left_bytes / 1e6:.0f} MB stay"
    )
    if pruning.files and not dry_run:
        _confirm(said, has_yes=yes)
        prune(pruning)
    if as_json:
        facts = {"files": len(pruning.files), "takes": pruning.takes, "freed_bytes": pruning.freed_bytes}
        click.echo(json.dumps({**facts, "left_bytes": pruning.left_bytes, "deleted": not dry_run}, indent=1))
    else:
        click.echo(said if dry_run else said.replace("would go", "gone"), err=True)


@takes.command("export")
@_sources
@_out
@job_options
@click.option(
    "--to", "archive", required=True, type=click.Path(path_type=Path), metavar="FILE.tar", help="The file to write."
)
def takes_export(sources: tuple[Path, ...], archive: Path, **flags: Any) -> None:
    """Write the takes of the given books, or all of them, into one file for another machine.

    Give the flags the books were made with: takes of another voice are not theirs.

    \b
    run-pipeline takes export book.epub --engine openrouter --voice Kore --to book-takes.tar
    run-pipeline takes import book-takes.tar          (there)
    """
    from pipeline.takes.custody import export

    jobs = jobs_from(sources, flags)
    store, plans = _store_of(jobs, flags), _plans(jobs)
    keys = _used(plans, store) if jobs else {*store.all_keys(), *store.rejected_keys()}
    if jobs and keys.isdisjoint(store.all_keys()):
        raise _nothing_found(plans, store)
    count = export(store, keys, archive)
    click.echo(f"{count} takes, {archive.stat().st_size / 1e6:.0f} MB", err=True)
    click.echo(archive)


@takes.command("import")
@click.argument("archive", type=click.Path(path_type=Path), metavar="FILE.tar")
@takes_option
@json_option
def takes_import(archive: Path, folder: str | None, as_json: bool) -> None:
    """Take over the takes in an exported file; each is verified, and what is there already stays."""
    from pipeline.takes.custody import bring_in

    imported = bring_in(_store(folder), archive)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(imported), indent=1))
    else:
        for reason in imported.refused:
            click.echo(f"refused: {reason}", err=True)
        click.echo(f"{imported.added} takes came in, {imported.present} were here already", err=True)
    sys.exit(4 if imported.refused else 0)


@takes.command("repair")
@takes_option
def takes_repair(folder: str | None) -> None:
    """Make the ledger of this machine again from the takes themselves; the old one is kept under damaged/."""
    from pipeline.takes.ledger import Ledger
    from pipeline.takes.repair import rebuild

    store = _store(folder)
    count = rebuild(store, Ledger(store.root))
    click.echo(f"the ledger was made again from {count} takes", err=True)


def bytes_of(size: str) -> int:
    """`20GB`, `500 MB`, `1.5TB` or plain bytes. Raises `UsageError` for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kMGT]?)B?\s*", size, re.IGNORECASE)
    if match is None:
        raise UsageError(f"not a size: {size!r}", where="--to", remedy="write 20GB, 500MB or a number of bytes")
    return int(float(match[1]) * 1000 ** ["", "K", "M", "G", "T"].index(match[2].upper()))


def _plans(jobs: Sequence["BookJob"]) -> "list[Plan]":
    """The plans of all the books. Raises the error of one that cannot be read: better none go."""
    from pipeline.planning import Failed, plan_books

    plans: list[Plan] = []
    for item in plan_books(jobs):
        if isinstance(item, Failed):
            raise item.error
        plans.append(item)
    return plans


def _used(plans: Sequence["Plan"], store: "TakeStore") -> set[str]:
    """What books use of a store."""
    from pipeline.mixing import used_by

    return {key for plan in plans for key in used_by(plan, store)}


def _refuse_unnamed_voices(jobs: Sequence["BookJob"]) -> None:
    """Raises `UsageError` for a book whose voice depends on the key in the shell: without it, paid takes would go."""
    for job in jobs:
        if not (job.settings.speech.engine or job.settings.speech.model):
            raise UsageError("which voice's takes?", where=str(job.source), remedy="name --engine, or --model")


def _nothing_found(plans: Sequence["Plan"], store: "TakeStore") -> UsageError:
    asked = dict.fromkeys(
        f"{plan.title}, read by {plan.voice}, {plan.profile.name} ({plan.profile.engine})" for plan in plans
    )
    return UsageError(
        f"no take of {'; '.join(asked)}",
        where=str(store.root),
        remedy="give the flags the book was made with: --engine, --model, --voice, --language, --set",
    )


def _confirm(question: str, *, has_yes: bool) -> None:
    if has_yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{question}, and there is nobody to ask", remedy="add --yes, or --dry-run to look only")
    click.confirm(f"{question}; go on?", abort=True, err=True)


def settings_with_takes(folder: str | None) -> "Settings":
    from pipeline.config import flag_layer, settings_of

    return settings_of([flag_layer("--takes", "run.takes", folder)] if folder else [])


def _store(folder: str | None) -> "TakeStore":
    from pipeline.takes.store import TakeStore

    return TakeStore(settings_with_takes(folder).run.takes_folder)


def _store_of(jobs: Sequence["BookJob"], flags: dict[str, Any]) -> "TakeStore":
    """The one store of these books, or without any the one that the flags name. Raises `UsageError` for several."""
    from pipeline.config import settings_of
    from pipeline.takes.store import TakeStore

    folders = {job.settings.run.takes_folder for job in jobs} or {settings_of(layers_from(flags)).run.takes_folder}
    if len(folders) > 1:
        raise UsageError("the books keep their takes in several stores", remedy="name one with --takes")
    return TakeStore(folders.pop())


def _with_prices(store: "TakeStore", summary: "StoreSummary") -> "StoreSummary":
    """The summary with what this machine's ledger knows to be paid: services tell prices long after the takes came."""
    from pipeline.errors import MachineError
    from pipeline.takes.ledger import Ledger

    ledger = Ledger(store.root)
    if not ledger.path.exists():
        return summary
    try:
        return dataclasses.replace(summary, cost_usd=ledger.account().actual_usd)
    except MachineError:
        return summary  # who only looks at takes needs no ledger; a run says what is wrong with it


def _summary_line(summary: "StoreSummary") -> str:
    damaged = f", {len(summary.damaged)} damaged and set aside" if summary.damaged else ""
    return (
        f"{summary.takes} takes, {summary.seconds / 3600:.2f} h, {summary.bytes / 1e6:.0f} MB, "
        f"${summary.cost_usd:.2f} known to be paid{damaged}"
    )
