"""What opens doors: keys and tokens of well-known forms, passwords in addresses, private keys, JSON web tokens."""

import base64
import re
from collections.abc import Iterator

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic
from tasks.tabular.recognisers.family import Family

BEGIN, END = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9])"
TOKEN_FORMS = (
    r"(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|ANPA|ANVA|AIPA)[A-Z0-9]{16}",  # AWS
    r"gh[pousr]_[A-Za-z0-9]{30,255}", r"github_pat_[A-Za-z0-9_]{22,255}",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt|ffct)-[A-Za-z0-9_.-]{20,255}",
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,255}", r"xapp-\d-[A-Za-z0-9-]{10,255}",
    r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{20,80}",
    r"[srp]k_(?:live|test|prod)_[A-Za-z0-9]{10,255}", r"whsec_[A-Za-z0-9+/]{24,128}",  # Stripe
    r"AIza[A-Za-z0-9_-]{35}", r"ya29\.[A-Za-z0-9_-]{20,255}", r"GOCSPX-[A-Za-z0-9_-]{28}",  # Google
    r"sk-(?:proj|svcacct|admin|ant|or|None|service)-[A-Za-z0-9_-]{20,255}", r"sk-[A-Za-z0-9]{20,255}",  # OpenAI and kin
    r"npm_[A-Za-z0-9]{36}", r"pypi-[A-Za-z0-9_-]{32,255}", r"rubygems_[0-9a-f]{48}", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,80}",
    r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}", r"(?:AC|SK)[0-9a-f]{32}",  # SendGrid, Twilio
    r"key-[0-9a-f]{32}", r"[0-9a-f]{32}-us\d{1,2}", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}",  # Mailgun, Mailchimp, Brevo
    r"hf_[A-Za-z0-9]{30,80}", r"gsk_[A-Za-z0-9]{40,80}", r"r8_[A-Za-z0-9]{30,60}", r"xai-[A-Za-z0-9]{40,120}", r"pplx-[A-Za-z0-9]{40,80}",
    r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",  # Azure
    r"do[opr]_v1_[0-9a-f]{64}", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,64}", r"EAAA[A-Za-z0-9_-]{56,64}",
    r"\d{8,10}:AA[A-Za-z0-9_-]{32,35}", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",  # Telegram, Discord
    r"ATATT3[A-Za-z0-9_=-]{40,255}", r"dapi[0-9a-f]{32}", r"dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9._-]{40,80}", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,80}",
    r"(?:ntn|secret)_[A-Za-z0-9]{40,60}", r"hv[sbr]\.[A-Za-z0-9_-]{24,255}", r"gl(?:sa|c)_[A-Za-z0-9_=+/]{30,255}", r"NRAK-[A-Z0-9]{27}",
    r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", r"pul-[0-9a-f]{40}", r"sntr[yu]s_[A-Za-z0-9+/=_]{40,255}", r"sbp_[0-9a-f]{40}", r"figd_[A-Za-z0-9_-]{40}",
    r"LTAI[A-Za-z0-9]{12,24}", r"AKID[A-Za-z0-9]{32}", r"tskey-[a-z]{3,10}-[A-Za-z0-9-]{16,80}", r"sqp_[0-9a-f]{40}", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}",
    r"nfp_[A-Za-z0-9]{36,40}", r"EAA[A-Z][A-Za-z0-9]{80,255}", r"PuTTY-User-Key-File-\d", r"CCIPAT_[A-Za-z0-9_]{40,80}", r"HRKU-[A-Za-z0-9_-]{36,64}",
)  # fmt: skip
TOKENS = re.compile(BEGIN + "(?:" + "|".join(TOKEN_FORMS) + ")" + END)
TOKENS_GATE = (
    r"AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|ANPA|ANVA|AIPA|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]|xapp-|hooks\.slack|k_live_|k_test_|k_prod_|whsec_|AIza|ya29\.|GOCSPX-|sk-"
    r"|npm_|pypi-|rubygems_|dckr_|SG\.|(?:AC|SK)[0-9a-f]{32}|key-[0-9a-f]{32}|[0-9a-f]{32}-us|xkeysib-|hf_|gsk_|r8_|xai-|pplx-|Q~|do[opr]_v1_|shp[a-z]{2}_|sq0|EAA|:AA"
    r"|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.|ATATT3|dapi[0-9a-f]|dp\.[a-z]{2}\.|lin_|ntn_|secret_|hv[sbr]\.|gl(?:sa|c)_|NRAK-|PMAK-|pul-|sntr|sbp_|figd_|LTAI|AKID|tskey-|sqp_|pscale_|nfp_|PuTTY-|CCIPAT_|HRKU-"
)
BEARER = re.compile(
    r"\b(?:bearer|authorization:?\s{0,3}(?:basic|token|digest)|x-api-key:?)\s{1,3}([A-Za-z0-9._~+/-]{16,4096}=*)",
    re.IGNORECASE,
)
PASSWORD = re.compile(
    r"(?<![A-Za-z])(?:password|passwd|pwd|passphrase|passwort|kennwort|contrase\w{1,2}a|senha|wachtwoord|haslo|losenord|motdepasse)[\"']?\s{0,2}(=|:|\bis\b)\s{0,2}[\"']?([^\s\"';,&]{4,256})",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"(?<![A-Za-z])(?:api|secret|access|auth|client|account|shared|private|signing|encryption|master|storage|session|refresh|csrf|x)?[_-]?(?:api)?"
    r"(?:[_-]?access)?[_-]?(?:key|secret|token|signature|sig|sas)[_-]?(?:id|key|base)?[\"']?\s{0,2}[:=]\s{0,2}[\"']?([A-Za-z0-9_\-./+=%~]{16,1024})",
    re.IGNORECASE,
)
URL = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@?#]{0,256}:[^\s/@]{1,256}@[\w\[]")
PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}|AGE-SECRET-KEY-1[A-Z0-9]{20}|PuTTY-User-Key-File-\d"
)
JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,4096})\.[A-Za-z0-9_-]{0,8192}\.[A-Za-z0-9_-]{0,8192}"
)
JOSE = re.compile(rb'"(?:alg|typ|kid|enc|cty)"')
PLACEHOLDER = re.compile(
    r"[*x.<>{}\[\]$%#_-]+|(?:none|null|true|false|nil|undefined|string|str|int|required|optional|redacted|masked|hidden|changed|reset|expired|incorrect|invalid|wrong|empty|missing|[<({$%\[].*)",
    re.IGNORECASE,
)
WHOLE = re.compile(r"[!-~]{16,512}")
DISTINCT_MIN = 8


def find(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    """Yield "api_key", "private_key", "jwt" and "url_credentials" where the text holds one."""
    if (
        TOKENS.search(text)
        or _assigned(text)
        or ("secret" in topics and _is_random(text) and WHOLE.fullmatch(text))
    ):
        yield "api_key"
    if PRIVATE_KEY.search(text):
        yield "private_key"
    if "eyJ" in text and any(_is_jose(found[1]) for found in JWT.finditer(text)):
        yield "jwt"
    if "://" in text and URL.search(text):
        yield "url_credentials"


def _assigned(text: str) -> bool:
    """Return whether a password, key or token is set to something that is no placeholder."""
    return (
        any(_is_random(found[1]) for found in BEARER.finditer(text))
        or any(_is_password(found[2], found[1]) for found in PASSWORD.finditer(text))
        or any(_is_random(found[1]) for found in SECRET.finditer(text))
    )


def _is_password(value: str, sign: str) -> bool:
    if PLACEHOLDER.fullmatch(value.rstrip(".,;)")):
        return False
    return sign == "=" or (
        re.search(r"[0-9]", value) is not None and re.search(r"[A-Za-z]", value) is not None
    )


def _is_random(value: str) -> bool:
    """Return whether a value mixes letters and digits as people do not."""
    return (
        re.search(r"[0-9]", value) is not None
        and re.search(r"[A-Za-z]", value) is not None
        and len(set(value[:256])) >= DISTINCT_MIN
    )


def _is_jose(header: str) -> bool:
    try:
        return JOSE.search(base64.urlsafe_b64decode(header[: len(header) // 4 * 4])) is not None
    except ValueError:
        return False


SECRETS = Family(
    rf"{TOKENS_GATE}|-BEGIN |- BEGIN |AGE-SECRET|eyJ|://[^ /]*@|(?i:bearer|authorization|x-api-key|password|passwd|pwd|passphrase|passwort|kennwort|contrase|senha|wachtwoord|haslo|losenord|motdepasse)"
    r"|(?i:key|secret|token|signature|sig|sas)[_-]?(?i:id|key|base)?[\"']?[ \t\n\r]{0,2}[:=]",
    find,
)
