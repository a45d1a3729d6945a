"""The group of all commands, and its exit codes."""

import click

UNEXPECTED, BAD_INPUT, INTERRUPTED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mlnc", message="mlnc %(version)s")
def app() -> None:
    """Verify what label imbalance does to the geometry of multi-label neural collapse.

    Exit codes: 0 all as expected; 1 something verified came out otherwise; 2 bad input; 130 interrupted.
    """
