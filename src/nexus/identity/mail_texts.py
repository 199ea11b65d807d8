"""What stands in the mails that bring links, in every language of the page."""

from typing import Final, Literal

Language = Literal["en", "de"]
Purpose = Literal["invite", "reset"]

SUBJECTS: Final[dict[tuple[Purpose, Language], str]] = {
    ("invite", "en"): "{tenant} invites you to Nexus",
    ("invite", "de"): "{tenant} lädt Sie zu Nexus ein",
    ("reset", "en"): "Choose a new password for Nexus",
    ("reset", "de"): "Wählen Sie ein neues Passwort für Nexus",
}
TEXTS: Final[dict[tuple[Purpose, Language], str]] = {
    ("invite", "en"): """Hello {name},

an account is waiting for you at {tenant}'s Nexus. Open this address to choose a password and start:

{url}

It works once, until {until} (UTC). If you did not expect this, you can ignore it.
""",
    ("invite", "de"): """Guten Tag {name},

bei Nexus von {tenant} wartet ein Konto auf Sie. Öffnen Sie diese Adresse, um ein Passwort zu wählen und zu beginnen:

{url}

Sie gilt einmal, bis {until} (UTC). Wenn Sie das nicht erwartet haben, können Sie diese Nachricht übergehen.
""",
    ("reset", "en"): """Hello {name},

somebody, probably you, asked for a new password for your account at {tenant}'s Nexus. Open this address to choose it:

{url}

It works once, until {until} (UTC). Your present password goes on working until then. If it was not you, ignore this.
""",
    ("reset", "de"): """Guten Tag {name},

jemand, vermutlich Sie selbst, hat für Ihr Konto bei Nexus von {tenant} ein neues Passwort verlangt. Hier wählen Sie es:

{url}

Die Adresse gilt einmal, bis {until} (UTC). Bis dahin gilt Ihr bisheriges Passwort. Waren Sie es nicht, tun Sie nichts.
""",
}
