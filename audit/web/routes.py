"""The route table: who may reach what, deny by default.

The longest matching prefix decides; what no other row names needs a session. `served` says which half answers: our
own web application, or Streamlit. A test walks every registered route and asks for its row.
"""

from dataclasses import dataclass
from typing import Literal

Access = Literal["public", "session"]
Served = Literal["web", "streamlit"]


@dataclass(frozen=True)
class Rule:
    """Paths that begin with `prefix` (or are it), who may reach them, and who answers."""

    prefix: str
    access: Access
    served: Served
    meaning: str


# fmt: off
RULES = (
    #    prefix              access     served       meaning
    Rule("/signin",          "public",  "web",       "sign-in page and form"),
    Rule("/signout",         "session", "web",       "end this session"),
    Rule("/home",            "session", "web",       "leads to the start page"),
    Rule("/auth/",           "public",  "web",       "OpenID Connect: start and callback"),
    Rule("/health",          "public",  "web",       "is the process alive and the database reachable"),
    Rule("/assets/",         "public",  "web",       "style, icon and fonts of our own pages"),
    Rule("/certificate",     "public",  "web",       "the local authority's certificate and how to trust it"),
    Rule("/verify",          "public",  "web",       "was a document issued, and is a file held against it that one"),
    Rule("/link",            "public",  "web",       "one-purpose links: a token in a header opens one finding"),
    Rule("/contest",         "public",  "web",       "the contest's light pages, with a sign-in of their own"),
    Rule("/tablet",          "public",  "web",       "static files of the tablet form (no data)"),
    Rule("/api/",            "session", "web",       "HTTP API and its description"),
    Rule("/photos/",         "session", "web",       "photos, each checked"),
    Rule("/documents/",      "session", "web",       "documents and previews, each checked"),
    Rule("/",                "session", "streamlit", "the pages, their websocket, media and static files"),
)
# fmt: on


def rule_for(path: str) -> Rule:
    """The rule with the longest prefix that matches a path. `/` closes the table, so there is always one.

    A prefix without a closing slash matches the path itself and what lies below it, not its namesakes.
    """

    def matches(rule: Rule) -> bool:
        if rule.prefix.endswith("/"):
            return path.startswith(rule.prefix)
        return path == rule.prefix or path.startswith(rule.prefix + "/")

    return max((rule for rule in RULES if matches(rule)), key=lambda rule: len(rule.prefix))
