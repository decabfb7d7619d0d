"""The command line: commands, terminal, clock, environment and exit status; the only floor that knows click.

Exit status (``spec/verification.md``): 2 wrong usage, or input that can't be used; 1 something is false; 3 intact, but
a demand was not met; 0 otherwise.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from openletter.cli import terminal
from openletter.cli.environment import Environment
from openletter.cli.lazy import LazyGroup
from openletter.cli.status import FALSE, STOPPED, UNREAD, UNUSABLE
from openletter.errors import Invalid, OpenletterError

_COMMANDS: Final = {
    "init": ("recording:init", "Make a folder an archive of letters."),
    "keygen": ("keys:keygen", "Make a key for an organization to sign with."),
    "keys": ("keys:keys", "Which keys speak for an organization, and how they change."),
    "import": ("recording:import_", "Make a draft out of a letter in Markdown or plain text."),
    "add": ("recording:add", "Record a draft as a new letter."),
    "revise": ("recording:revise", "Record a draft as the next revision of a letter."),
    "sign": ("signing:sign", "Sign a revision for an organization."),
    "withdraw": ("withdrawing:withdraw", "End an organization's support for a letter."),
    "checkpoint": ("checkpoints:checkpoint", "Say, or keep, what the archive holds now."),
    "verify": ("verifying:verify", "Check letters: which organizations signed which text."),
    "identify": ("identifying:identify", "Find the letter that a copy is of, and what differs."),
    "trust": ("trusting:trust", "Whom you trust yourself: keys that you confirmed, and more."),
    "audit": ("auditing:audit", "Check the whole history: nothing was ever changed or removed."),
    "compare": ("comparing:compare", "Compare two copies of an archive: the same, ahead, or changed?"),
    "list": ("browsing:list_", "List the letters."),
    "show": ("browsing:show", "Show the text of a letter."),
    "log": ("browsing:log", "Show how a letter came about, revision by revision."),
    "diff": ("browsing:diff", "Show what changed between two revisions, by words."),
    "site": ("publishing_site:site", "The archive as a web site: build it, or look at it here."),
    "export": ("exporting:export", "Put a letter with its evidence into one file: a page, or a PDF."),
}


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has its own help, with an example: openletter sign --help",
)
@click.option(
    "--archive",
    "archive_path",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The archive: a work tree, a bare repository, or only to read it a folder without git, or a file made with "
    "openletter export. Without this, the one around the current folder.",
)
@click.version_option(package_name="openletter", message="openletter %(version)s")
@click.pass_context
def openletter(context: click.Context, archive_path: Path | None) -> None:
    """Joint letters, every revision of them, and the signature of every organization behind each.

    Example: openletter verify 2026/open-water-record
    """
    context.color = terminal.colour()
    context.obj = Environment(archive_path=archive_path)


_MEMORY: Final = 1 << 31
"""The most bytes of memory that a command takes: git can make gigabytes of a few bytes (``spec/archive.md``)."""


def main() -> None:
    """Run the command line and exit with its status."""
    _bound_memory()
    terminal.prepare()
    sys.exit(_run())


def _bound_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # not every system has such a limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if soft == resource.RLIM_INFINITY or soft > _MEMORY:
            resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, hard))


def _run() -> int:  # noqa: PLR0911  # one for each way to end
    try:
        status = openletter.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _report("stopped", "nothing was recorded")
        return STOPPED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return UNUSABLE
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "openletter"
        _report(error.format_message(), f"see {command} --help")
        return UNUSABLE
    except click.ClickException as error:
        _report(error.format_message(), "see openletter --help")
        return UNUSABLE
    except OpenletterError as error:
        _report(str(error), error.hint)
        return FALSE if isinstance(error, Invalid) else UNUSABLE
    except SystemExit as ended:
        # Click ends so after a completion, and where whoever read the output has closed it: then nobody is to be told.
        closed = type(sys.stdout).__name__.endswith("PacifyFlushWrapper")
        return UNREAD if closed or not isinstance(ended.code, int) else ended.code
    except OSError as error:
        with suppress(OSError):
            sys.stdout.close()  # what it couldn't write, Python would try to write once more at its end
        where = error.filename or "the output"
        _report(f"{where}: {error.strerror or error}", "check the path, and whether the disk is full")
        return UNUSABLE
    except MemoryError:
        _report("this takes more memory than a command may have", "the archive may be hostile: take another copy")
        return UNUSABLE
    except Exception as error:  # noqa: BLE001  # a status of 1 would say that something false was found
        _report(f"openletter failed by a fault of its own: {type(error).__name__}: {error}", "please report this")
        return UNUSABLE
    return status if isinstance(status, int) else 0


def _report(message: str, hint: str | None) -> None:
    """One ``error:`` line, and one ``hint:`` line where there is a cure; a terminal gets them wrapped."""
    for label, text in (("error: ", message), ("hint: ", hint)):
        if text:
            for line in terminal.barred(text, label) if sys.stderr.isatty() else [label + terminal.safe(text)]:
                click.echo(line, err=True)
