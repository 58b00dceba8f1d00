"""Keys, tokens and key blocks of well-known forms, made of random letters; none of them opens anything."""

import base64
import json
import string
from collections.abc import Callable
from random import Random

HEX = "0123456789abcdef"
MIXED = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + "234567"


def some(chance: Random, n: int, letters: str = MIXED) -> str:
    """Return n random letters, at least one of them a digit."""
    body = chance.choices(letters, k=n)
    body[chance.randrange(n)] = chance.choice("234567")
    return "".join(body)


API_KEYS: dict[str, Callable[[Random], str]] = {
    "aws": lambda c: "AKIA" + some(c, 16, UPPER),
    "aws-session": lambda c: "ASIA" + some(c, 16, UPPER),
    "github": lambda c: c.choice(["ghp_", "gho_", "ghs_"]) + some(c, 36),
    "github-fine": lambda c: "github_pat_" + some(c, 22) + "_" + some(c, 59),
    "gitlab": lambda c: "glpat-" + some(c, 20),
    "slack": lambda c: f"xoxb-{some(c, 12, string.digits)}-{some(c, 12, string.digits)}-{some(c, 24)}",
    "stripe": lambda c: c.choice(["sk_live_", "rk_live_", "sk_test_"]) + some(c, 24),
    "google": lambda c: "AIza" + some(c, 35, MIXED + "-_"),
    "openai": lambda c: c.choice(["sk-", "sk-proj-", "sk-ant-api03-"]) + some(c, 48),
    "npm": lambda c: "npm_" + some(c, 36),
    "pypi": lambda c: "pypi-AgEIcHlwaS5vcmc" + some(c, 60),
    "sendgrid": lambda c: f"SG.{some(c, 22)}.{some(c, 43)}",
    "twilio": lambda c: "SK" + some(c, 32, HEX),
    "azure-storage": lambda c: (
        f"DefaultEndpointsProtocol=https;AccountName=store;AccountKey={some(c, 86)}==;"
    ),
    "bearer": lambda c: f"Authorization: Bearer {some(c, 40)}",
    "connection": lambda c: f"Server=db;Database=crm;User Id=sa;Password={some(c, 12)};",
    "assignment": lambda c: f'api_key = "{some(c, 32)}"',
    "header": lambda c: f"X-Api-Key: {some(c, 40)}",
    "hugging-face": lambda c: "hf_" + some(c, 34),
}


def jwt(chance: Random) -> str:
    """Return a JSON web token with a signature that is no signature."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": some(chance, 10), "iat": 1700000000})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*coded, some(chance, 43)])


def private_key(chance: Random) -> str:
    """Return a block that says that it is a private key."""
    kind = chance.choice(["RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED "])
    lines = "\n".join(some(chance, 64) for _ in range(3))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


def url_with_password(chance: Random) -> str:
    """Return an address with a name and a password in it."""
    scheme = chance.choice(["postgres", "https", "mongodb+srv", "redis", "amqp", "ftp"])
    return f"{scheme}://{some(chance, 6, string.ascii_lowercase)}:{some(chance, 10)}@host-{chance.randrange(9)}.example/db"
