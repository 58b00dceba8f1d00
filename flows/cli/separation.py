"""What people are told about who keeps tenants apart."""


def told(user: str | None) -> str:
    """Return in words that all tenants' workers run as this user, or that each has its own."""
    if user is None:
        return "each tenant's worker runs as its own user"
    return f"all tenants' workers run as user {user}: atomq keeps them apart, the kernel does not"
