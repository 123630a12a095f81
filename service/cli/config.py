"""`signalbox config`: every setting, where its value comes from, and what it means."""

from typing import Final

from service.cli.options import AsJson

EXAMPLE: Final = "Example: signalbox config"


def config(as_json: AsJson = False) -> None:
    """Show every setting with its value, secrets redacted, and where the value comes from."""
    from rich.text import Text

    from service.cli import session
    from service.cli.printing import show, show_json
    from service.settings import described, unknown

    settings = session.settings()
    rows = described(settings)
    if as_json:
        show_json([row._asdict() for row in rows])
        return
    for row in rows:
        show(Text.assemble((row.variable, "bold"), f"={row.value}  ", (f"({row.source})", "dim")))
        show(Text(f"    {row.meaning}", "dim"))
    for variable, nearest in unknown():
        meant = f" Did you mean {nearest}?" if nearest else ""
        show(Text(f"{variable} is set and is no setting.{meant}", "yellow"))
