"""A group of commands that are imported when they are called, so that ``--help`` costs no more than click itself."""

from __future__ import annotations

from importlib import import_module

import click


class LazyGroup(click.Group):
    """A click group over a table: name of the command, where it is (``module:attribute``), and what it does."""

    def __init__(self, *args: object, table: dict[str, tuple[str, str]] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.table = table or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        command = getattr(import_module(f"openletter.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101  # the table names commands
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.table.items()])
