"""`nexus`: the command line. Commands import what they need when they run, so that `--help` is quick."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The Nexus AI hub.")
index_app = typer.Typer(no_args_is_help=True, help="Look after the search index.")
user_app = typer.Typer(no_args_is_help=True, help="Look after people.")
audit_app = typer.Typer(no_args_is_help=True, help="Check and export the audit log.")
secrets_app = typer.Typer(no_args_is_help=True, help="Look after stored secrets and their keys.")
app.add_typer(index_app, name="index")
app.add_typer(user_app, name="user")
app.add_typer(audit_app, name="audit")
app.add_typer(secrets_app, name="secrets")

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="One file that holds everything.")]
ActAs = Annotated[str | None, typer.Option("--as", metavar="E-MAIL", help="Act as this user; the founder otherwise.")]
KnowledgeBases = Annotated[
    list[str] | None, typer.Option("--knowledge-base", "-k", metavar="NAME", help="Look only here; may be repeated.")
]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Migrate the database, start everything and print where to go."""
    from nexus.cli.serving import serve as run

    run(host, port)


@app.command()
def worker() -> None:
    """Run jobs handed over by Redis (NEXUS_JOBS__MODE=celery)."""
    from nexus.core.logging import configure_logging
    from nexus.core.settings import load_settings
    from nexus.worker import run

    settings = load_settings()
    configure_logging(settings)
    run(settings)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from nexus.cli.upkeep import migrate as run

    run()


@app.command()
def backup(
    file: Backup,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Put the keys of the data folder in it too: whoever has it has all.")
    ] = False,
) -> None:
    """Write database and files to one file, while the installation runs."""
    from nexus.cli.carrying import backup as run

    run(file, with_keys=with_keys)


@app.command()
def restore(file: Backup) -> None:
    """Bring a backup into an empty installation, and compare everything with what was counted when it was made."""
    from nexus.cli.carrying import restore as run

    run(file)


@app.command()
def upgrade(
    check: Annotated[bool, typer.Option("--check", help="Only say whether it can be done.")] = False,
) -> None:
    """Bring the database to this version's schema, after looking whether it can be done and backing it up."""
    from nexus.cli.upgrading import upgrade as run

    run(only_check=check)


@app.command()
def rollback(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A backup; that of the last upgrade.")] = None,
) -> None:
    """Bring the database back to what it was before the last upgrade, for the version of then."""
    from nexus.cli.upgrading import rollback as run

    run(file)


@app.command(name="migrate-store")
def migrate_store(
    to: Annotated[Path, typer.Option("--to", metavar="ENV_FILE", help="Settings that are to be other than now.")],
    prove: Annotated[bool, typer.Option("--prove", help="Only compare the two; nothing is moved.")] = False,
) -> None:
    """Move everything to another database or another store of files, and prove that it is all there."""
    from nexus.cli.moving import migrate_store as run

    run(to, only_prove=prove)


@app.command(name="sweep-files")
def sweep_files(
    delete: Annotated[bool, typer.Option("--delete", help="Delete them; else they are only counted.")] = False,
) -> None:
    """Find stored files, older than a day, that nothing in the database names."""
    from nexus.cli.moving import sweep_files as run

    run(delete=delete)


@app.command()
def seed(
    demo: Annotated[bool, typer.Option("--demo", help="A made-up company with people, grants and documents.")] = False,
) -> None:
    """Fill the installation with a demo company."""
    from nexus.cli.seeding import seed as run

    run(demo=demo)


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", exists=True, help="Files and folders.")],
    knowledge_base: Annotated[str, typer.Option("--knowledge-base", "-k", metavar="NAME", help="Made when missing.")],
    act_as: ActAs = None,
) -> None:
    """Bring files into a knowledge base and wait until they are searchable."""
    from nexus.cli.ingesting import ingest as run

    run(paths, knowledge_base, act_as)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    knowledge_base: KnowledgeBases = None,
    act_as: ActAs = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the finished answer as JSON.")] = False,
) -> None:
    """Ask, and see the answer with its sources as it comes."""
    from nexus.cli.asking import ask as run

    run(question, knowledge_base or [], act_as, json_output=json_output)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    knowledge_base: KnowledgeBases = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=50)] = 10,
    act_as: ActAs = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the hits as JSON.")] = False,
) -> None:
    """Show the ranked passages, their scores and why they ranked."""
    from nexus.cli.asking import search as run

    run(query, knowledge_base or [], limit, act_as, json_output=json_output)


@app.command(name="eval")
def evaluate(
    directories: Annotated[list[Path], typer.Argument(metavar="DIRECTORY…", exists=True, file_okay=False)],
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures here too.")
    ] = None,
) -> None:
    """Measure search and quotations on question sets."""
    from nexus.cli.evaluating import evaluate as run

    run(directories, json_file)


@app.command()
def doctor(
    index: Annotated[bool, typer.Option("--index", help="Compare rows, index and files too; takes a while.")] = False,
) -> None:
    """Look at everything, say what to do about what is amiss; exit 1 where something is at fault."""
    from nexus.cli.doctor import doctor as run

    run(index=index)


@index_app.command()
def check() -> None:
    """Compare rows, index and files; exit 1 when anything is amiss."""
    from nexus.cli.upkeep import check_index

    check_index()


@index_app.command()
def rebuild() -> None:
    """Build the index anew from the rows, while searches go on."""
    from nexus.cli.upkeep import rebuild_index

    rebuild_index()


@user_app.command("list")
def list_users(act_as: ActAs = None) -> None:
    """Everybody in the tenant."""
    from nexus.cli.upkeep import list_users as run

    run(act_as)


@user_app.command("create")
def create_user(
    email: Annotated[str, typer.Argument()],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help="user, content_manager, admin or super_admin.")] = "user",
    act_as: ActAs = None,
) -> None:
    """Make an account; its first password is printed once."""
    from nexus.cli.upkeep import create_user as run

    run(email, name, role, act_as)


@user_app.command("reset-password")
def reset_password(email: Annotated[str, typer.Argument()], act_as: ActAs = None) -> None:
    """Give somebody a new password, printed once."""
    from nexus.cli.upkeep import reset_password as run

    run(email, act_as)


AuditedTenant = Annotated[
    str | None, typer.Option("--tenant", metavar="NAME|ID", help="Only this one's log; `installation` is nobody's.")
]


@audit_app.command()
def verify(
    tenant: AuditedTenant = None,
    expect: Annotated[
        list[str] | None,
        typer.Option("--expect", metavar="NUMBER:HASH", help="A head written down earlier; may be repeated."),
    ] = None,
) -> None:
    """Check every link of the audit log; exit 1 and name the first event that was changed, removed or inserted."""
    from nexus.cli.auditing import verify as run

    run(tenant, expect or [])


@audit_app.command()
def export(tenant: AuditedTenant = None) -> None:
    """Print the audit log, one JSON object a line, oldest event first."""
    from nexus.cli.auditing import export as run

    run(tenant)


@secrets_app.command("new-key")
def new_key() -> None:
    """Print a new key for NEXUS_SECRETS__KEYS, or for NEXUS_SECRET_KEY."""
    from nexus.cli.sealing import new_key as run

    run()


@secrets_app.command("rotate")
def rotate_secrets() -> None:
    """Encrypt every stored secret anew with the first key; may be interrupted and run again."""
    from nexus.cli.sealing import rotate

    rotate()


@secrets_app.command("check")
def check_secrets() -> None:
    """Open every stored secret: which keys are in use, and what cannot be read; exit 1 when anything cannot."""
    from nexus.cli.sealing import check as run

    run()


def main() -> None:
    """Entry point: expected failures are one sentence on standard error and exit code 1."""
    from nexus.core.errors import NexusError
    from nexus.core.settings import SettingsError

    try:
        app()
    except (NexusError, SettingsError) as error:
        print(f"nexus: {error}", file=sys.stderr)
        sys.exit(1)


__all__ = ["app", "main"]
