"""``mlnc inspect``: how label files are read."""

from pathlib import Path
from typing import Any

import click

import mlnc
from verify.cli.answer import label_files
from verify.cli.app import app
from verify.cli.around import label_options, said


@app.command()
@label_files
@label_options
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def inspect(files: tuple[Path, ...], columns: Any, format_: Any, json_: bool, **layout: Any) -> None:
    """How label files are read: format, columns, labels, samples, and what was left out or changed."""
    found = mlnc.inspect(files, labels=columns, format=format_, **layout)
    click.echo(said(found, json_, [note for file in found.files for note in file.notes]), nl=False)
