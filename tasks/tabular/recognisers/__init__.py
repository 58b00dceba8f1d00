"""Everything that can be recognised in text, family by family."""

from tasks.tabular.recognisers.email import EMAIL
from tasks.tabular.recognisers.family import Family
from tasks.tabular.recognisers.identity import IDENTITY
from tasks.tabular.recognisers.network import NETWORK
from tasks.tabular.recognisers.payment import PAYMENT
from tasks.tabular.recognisers.phone import PHONE
from tasks.tabular.recognisers.secrets import SECRETS

FAMILIES: tuple[Family, ...] = (EMAIL, PHONE, PAYMENT, NETWORK, SECRETS, IDENTITY)
