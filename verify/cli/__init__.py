"""The command ``mlnc``. Results go to stdout, messages to stderr; bad input is one line and exit code 2."""

from verify.cli import interrupts, threads  # noqa: F401

# isort: split
import os
import sys

import click

from verify.cli import answer, decide, look  # noqa: F401 - importing them adds the commands
from verify.cli.app import BAD_INPUT, INTERRUPTED, app
from verify.cli.around import as_options, tell_how_files_are_read
from verify.labels.errors import InputError

__all__ = ["app", "main"]


def main() -> None:
    """Entry point: turns every expected failure into one line on stderr and an exit code."""
    tell_how_files_are_read()
    try:
        sys.exit(app(standalone_mode=False))
    except InputError as error:
        _fail(as_options(str(error)))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(BAD_INPUT)
    except click.ClickException as error:
        _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo("mlnc: interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"the output cannot be written: {error.strerror}")


def _fail(message: str) -> None:
    click.echo("mlnc: " + " ".join(message.split()), err=True)
    sys.exit(BAD_INPUT)


interrupts.raised()
