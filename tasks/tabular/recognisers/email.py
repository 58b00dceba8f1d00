"""E-mail addresses, also as people hide them from robots: `ann [at] example [dot] org`."""

import re
from collections.abc import Iterator

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic
from tasks.tabular.recognisers.family import Family

LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
TOP = r"(?:xn--\w{2,59}|[^\W\d_]{2,24})(?![^\W_])"
PICTURE = r"[1-4]x\."  # icon@2x.png
ADDRESS = re.compile(
    rf"(?<!\bgit)(?<=[\w\"%'+-])@(?!{PICTURE})(?:(?:{LABEL}\.){{1,8}}{TOP}|\[[0-9a-fA-F.:IPv]{{7,45}}\])"
)

OPEN, CLOSE = r"[\[({<|*_/-]{1,2}", r"[\])}>|*_/-]{1,2}"
AT_WORD = r"(?:at|ät|arroba|chiocciola|apenstaartje|kukac|snabel-?a|a-?t)"
DOT_WORD = r"(?:dot|d0t|punkt|punto|ponto|point|punt|pkt|kropka|tecka|nokta)"
AT = rf"(?:\s{{0,3}}{OPEN}\s{{0,2}}(?:{AT_WORD}|@)\s{{0,2}}{CLOSE}\s{{0,3}}|\s{{0,3}}&(?:#0{{0,4}}64|#x0{{0,4}}40|commat);\s{{0,3}})"
DOT = rf"(?:\.|\s{{0,3}}{OPEN}\s{{0,2}}(?:{DOT_WORD}|\.)\s{{0,2}}{CLOSE}\s{{0,3}}|\s{{1,3}}{DOT_WORD}\s{{1,3}}|\s\.\s|&(?:#0{{0,4}}46|#x0{{0,4}}2e|period);)"
HIDDEN = re.compile(rf"(?<=[\w+]){AT}(?:{LABEL}{DOT}){{1,5}}{TOP}", re.IGNORECASE)

NO_HOST = r"(?:the|this|that|these|those|a|an|each|every|one|least|most|all|any|my|your|his|her|our|their|its|no|first|last)"
ENDINGS = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|dev|app|xyz|online|site|shop|store|tech|cloud|email|mail|example|test|local"
    r"|co|io|ai|me|tv|cc|eu|us|uk|ca|de|fr|es|it|nl|be|ch|at|pl|pt|br|se|no|dk|fi|cz|sk|hu|ro|bg|gr|tr|ru|ua|jp|kr|cn|in|au|nz|za|mx|ar|cl|ie|il|lt|lv|ee|hr|si)"
)
SPOKEN = re.compile(
    rf"(?<=[\w+])(?:\s{{1,3}}{AT_WORD}\s{{1,3}}|\s{{1,2}}@\s{{1,2}}|\s@|@\s)(?!{NO_HOST}\b)"
    rf"(?:{LABEL}(?:\s{{1,3}}{DOT_WORD}\s{{1,3}}|\s?\.)){{1,5}}{ENDINGS}(?!\w)",
    re.IGNORECASE,
)
SPOKEN_DOT = re.compile(rf"\s{DOT_WORD}\s|@", re.IGNORECASE)
CAPITALS = re.compile(
    rf"(?<=[a-z0-9])(?:AT|_at_|-at-|_AT_)(?:[a-z0-9-]{{1,63}}(?:DOT|_dot_|-dot-|_DOT_|\.)){{1,5}}{ENDINGS}(?![\w])"
)
MAILBOX = re.compile(
    r"(?<=[\w+])\s(?:at|@)\s(?:g(?:oogle)?mail|yahoo|hotmail|outlook|live|icloud|aol|gmx|web|proton(?:mail)?|yandex|mail|zoho|qq|163)"
    r"\.[a-z]{2,3}(?:\.[a-z]{2})?(?!\w)",
    re.IGNORECASE,
)  # fmt: skip
MAILBOX_HINT = re.compile(r"[\d._+-][\w+-]*$|\b(?:e-?mail|mail|write|reach|contact)\b", re.IGNORECASE)

GATE = (
    r"@|&#?[xc]?[0-9o]|[\[({<|*_/-] {0,2}(?i:a-?t|arroba|chiocciola|apenstaartje|kukac|snabel-?a) {0,2}[\])}>|*_/-]|[a-z0-9](?:AT)[a-z0-9]"
    r"|[ \t\n\r](?i:at|arroba|chiocciola|apenstaartje|kukac|snabel-?a|a-?t)[ \t\n\r]+[^ \t\n\r]+(?:[ \t\n\r]+[^ \t\n\r]+){0,8}[ \t\n\r]+(?i:dot|d0t|punkt|punto|ponto|point|punt|pkt|kropka|tecka|nokta)[ \t\n\r]"
    r"|[ \t\n\r](?i:at)[ \t\n\r](?i:g|y|h|o|l|i|a|w|p|m|z|q|1)[0-9A-Za-z]{1,10}\."
)


def find(text: str, _: frozenset[Topic]) -> Iterator[Entity]:
    """Yield "email" where the text holds an address."""
    if (
        ("@" in text and ADDRESS.search(text))
        or HIDDEN.search(text)
        or _spoken(text)
        or CAPITALS.search(text)
        or _mailbox(text)
    ):
        yield "email"


def _spoken(text: str) -> bool:
    return any(SPOKEN_DOT.search(found[0]) for found in SPOKEN.finditer(text))


def _mailbox(text: str) -> bool:
    return any(
        MAILBOX_HINT.search(text[max(0, found.start() - 48) : found.start()])
        for found in MAILBOX.finditer(text)
    )


EMAIL = Family(GATE, find)
