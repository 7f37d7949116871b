"""`takes`: the store of everything that was ever paid for."""

import dataclasses
import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.takes.store import StoreSummary, TakeStore


@click.group()
def takes() -> None:
    """Look after the take store."""


takes_option = click.option("--takes", "folder", metavar="DIR", help="Folder of the take store.")
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
    click.echo(_summary_line(store.summary(verify=False)), err=True)


@takes.command("verify")
@takes_option
@json_option
def takes_verify(folder: str | None, as_json: bool) -> None:
    """Read every take and check it against its digest; what is damaged is set aside, to be rendered again."""
    summary = _store(folder).summary(verify=True)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), indent=1))
    else:
        for line in summary.damaged:
            click.echo(line)
        click.echo(_summary_line(summary), err=True)
    sys.exit(4 if summary.damaged else 0)


def settings_with_takes(folder: str | None) -> "Settings":
    from pipeline.config import flag_layer, settings_of

    return settings_of([flag_layer("--takes", "run.takes", folder)] if folder else [])


def _store(folder: str | None) -> "TakeStore":
    from pipeline.takes.store import TakeStore

    return TakeStore(settings_with_takes(folder).run.takes_folder)


def _summary_line(summary: "StoreSummary") -> str:
    damaged = f", {len(summary.damaged)} damaged and set aside" if summary.damaged else ""
    return (
        f"{summary.takes} takes, {summary.seconds / 3600:.2f} h, {summary.bytes / 1e6:.0f} MB, "
        f"${summary.cost_usd:.2f} known to be paid{damaged}"
    )
