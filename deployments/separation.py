"""Whether tenants' workers run as users of their own, and as which."""

from collections.abc import Mapping

from deployments import accounts, isolation
from deployments.accounts import Account
from deployments.site import Site
from tasks.adapters.settings import Settings


class Separation:
    """The users of a state folder's tenants; without `isolate` there are none, and nothing is done."""

    def __init__(self, state: Settings, *, isolate: bool) -> None:
        self._state, self._isolate = state, isolate
        self._accounts: Mapping[str, Account] = {}

    def require_possible(self) -> None:
        """Return if this process can separate users, where it shall.

        Raises:
            UnavailableError: it is not root.
        """
        if self._isolate:
            accounts.require_root()

    def begin(self, found: tuple[Site, ...]) -> None:
        """Give the users of these sites what is theirs.

        Raises:
            UnavailableError: a tenant has no user of its own, or one that cannot run a worker here.
        """
        if self._isolate:
            accounts.require_all(found)
            self._accounts = accounts.fit(found)
            self.settle()
            for account in self._accounts.values():
                accounts.require_reach(account, self._state.project, self._state.home)

    def served(self, found: tuple[Site, ...]) -> tuple[Site, ...]:
        """Return the sites that can be served now; a new tenant waits until it has a user."""
        if not self._isolate:
            return found
        self._accounts = accounts.fit(found)
        self.settle()
        return tuple(site for site in found if site.tenant is None or site.label in self._accounts)

    def require_all(self, found: tuple[Site, ...]) -> None:
        """Return if each of these sites has its user.

        Raises:
            UnavailableError: says what is missing, and how to make it.
        """
        if self._isolate:
            accounts.require_all(found)

    def settle(self) -> None:
        """Hand new execution keys, and whatever else root has made, to those whose they are."""
        if self._accounts:
            isolation.settle(self._state.home, self._accounts)

    def account(self, site: Site) -> Account | None:
        """Return whom a site's worker runs as; None for the user of this process."""
        return self._accounts.get(site.label)
