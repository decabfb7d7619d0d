"""``openletter site``: the archive as a web site, into a folder or on this machine alone."""

from __future__ import annotations

import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from openletter.cli.environment import Environment, pass_environment
from openletter.cli.lazy import LazyGroup
from openletter.cli.terminal import prose, safe
from openletter.reports.plain import count

_COMMANDS = {
    "build": ("publishing_site:build", "Write the site of the archive into a folder."),
    "serve": ("publishing_site:serve", "Show the site on this machine, made anew when the archive changes."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def site() -> None:
    """The archive as a web site: letters, who signed them, and what changed between revisions.

    Example: openletter site build public
    """


@click.command()
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--base-url", metavar="URL", help="Where the site will be: for the feed and for permanent addresses.")
@click.option("--fresh", is_flag=True, help="Make every page again, also where nothing is different.")
@pass_environment
def build(environment: Environment, out: Path, base_url: str | None, fresh: bool) -> None:
    """Write a static site of the whole archive into the folder OUT.

    Any web server can serve it, and it opens from a folder too. What is unchanged since the last time is kept. The keys
    that you confirmed yourself are not used: a page can't know whom its reader trusts.

    \b
    Example: openletter site build public
             openletter site build public --base-url https://letters.example/
    """
    from openletter.site.building import build as build_site

    progress = (
        click.progressbar(length=1, label="Making pages", file=sys.stderr) if sys.stderr.isatty() else nullcontext()
    )
    with progress as bar:

        def advance(done: int, total: int) -> None:
            if bar is not None:
                bar.length = total
                bar.update(done - bar.pos)

        made = build_site(environment.archive(), out, base_url=base_url, fresh=fresh, progress=advance)
    letters = f"{count(made.letters_made, 'letter was', 'letters were')} made"
    if made.letters_kept:
        letters += f", {count(made.letters_kept, 'is', 'are')} as before"
    prose(f"{letters[0].upper()}{letters[1:]}. {count(made.written, 'file', 'files').capitalize()} written.")
    if made.false_places:
        prose("Something false was found in this archive, and the pages say so. See: openletter verify")
    prose(f"The site begins with {safe(str(out / 'index.html'))}")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The port; without it, one that is free.")
@pass_environment
def serve(environment: Environment, port: int | None) -> None:
    """Show the site on this machine, made anew when the archive changes; nobody else can reach it. Ctrl-C ends it.

    Example: openletter site serve --port 8000
    """
    from openletter.site.building import build as build_site
    from openletter.site.output import Output
    from openletter.site.serving import Site

    environment.archive()  # before anything is made
    with tempfile.TemporaryDirectory(prefix="openletter-site-") as folder:
        out = Path(folder)
        seen: list[str | None] = []

        def rebuild() -> None:
            archive = environment.archive()
            commit = archive.commit()
            if commit is None or seen != [commit]:
                seen[:] = [build_site(archive, out).commit]

        rebuild()
        with Site(Output(out), rebuild, port or 0) as server:
            click.echo(f"The site is at {server.address}")
            click.echo("It is made anew when the archive changes. Ctrl-C ends it.")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                click.echo("\nThe site is no longer served.")
