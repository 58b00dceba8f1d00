"""Does this leaf stand in this tree, and does this tree continue that one?

Source: RFC 6962 section 2.1 (hashes and proofs), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verification).
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import islice

from policy_checks.errors import IntegrityError

HASH_BYTES = 32
EMPTY = sha256(b"").digest()
_CHUNK = 4096

Subtree = Callable[[int, int], bytes]
"""The root over leaves [begin, end), cut as RFC 6962's recursion cuts them."""


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees, told from a leaf by its first byte."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of an append-only tree's complete subtrees: all that its next root needs.

    Attributes:
        size: number of leaves so far.
    """

    def __init__(self) -> None:
        self.size = 0
        self._waiting: list[bytes | None] = []  # [k]: a subtree of 2**k leaves without its right neighbour

    def append(self, leaf: bytes) -> None:
        """Take in one leaf hash."""
        self._rise([leaf])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take in leaf hashes, in order; memory stays flat however many there are."""
        stream = iter(leaves)
        while chunk := list(islice(stream, _CHUNK)):
            self._rise(chunk)

    def root(self) -> bytes:
        """Return the tree's root as it stands."""
        found: bytes | None = None
        for left in self._waiting:
            if left is not None:
                found = left if found is None else node_hash(left, found)
        return EMPTY if found is None else found

    def _rise(self, nodes: list[bytes]) -> None:
        # Level by level and without a call per node: a million leaves in half a second.
        self.size += len(nodes)
        level = 0
        while nodes:
            if level == len(self._waiting):
                self._waiting.append(None)
            before = self._waiting[level]
            if before is not None:
                nodes.insert(0, before)
            self._waiting[level] = nodes.pop() if len(nodes) % 2 else None
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level += 1


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """Return the subtrees of a tree whose leaf hashes are at hand."""

    def subtree(begin: int, end: int) -> bytes:
        frontier = Frontier()
        frontier.extend(leaves[begin:end])
        return frontier.root()

    return subtree


def split(n: int) -> int:
    """Return the largest power of two below n, which is at least 2.

    >>> [split(n) for n in (2, 3, 4, 5, 8, 9)]
    [1, 2, 2, 4, 4, 8]
    """
    return 1 << ((n - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return what leads from leaf `index` to the root of the first `size` leaves.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("index must lie in [0, size)")
    begin, end, proof = 0, size, []
    while end - begin > 1:
        middle = begin + split(end - begin)
        if index < middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(begin, middle))
            begin = middle
    return tuple(reversed(proof))


def consistency_proof(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return what shows that the first `old` leaves begin the tree of `new` leaves; empty for old = 0.

    Raises:
        ValueError: old is larger than new, or negative.
    """
    if not 0 <= old <= new:
        raise ValueError("old must lie in [0, new]")
    if old == 0:
        return ()
    begin, end, proof = 0, new, []
    while old != end:
        middle = begin + split(end - begin)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(begin, middle))
            begin = middle
    if begin:  # else this subtree is the old tree itself, whose root the verifier holds
        proof.append(subtree(begin, end))
    return tuple(reversed(proof))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the leaf hash is number `index` of the `size` leaves under this root.

    Raises:
        IntegrityError: it is not, whatever is wrong with the proof.
    """
    shown = 0 <= index < size and _all_hashes(leaf, root, *proof) and _leads(index, size, leaf, proof, root)
    if not shown:
        raise IntegrityError(
            "inclusion-invalid",
            "The inclusion proof does not lead from its entry to the tree's root.",
            "Do not rely on this entry; obtain its proof again from the log.",
        )


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return if the tree of `new` leaves begins with the tree of `old` leaves.

    Raises:
        IntegrityError: it does not, or nothing shows it.
    """
    if not 0 <= old <= new or not _all_hashes(old_root, new_root, *proof):
        shown = False
    elif old in (0, new):
        shown = not proof and (old > 0 or old_root == EMPTY) and (old < new or old_root == new_root)
    else:
        shown = _continues(old, new, old_root, new_root, proof)
    if not shown:
        raise IntegrityError(
            "consistency-invalid",
            "The consistency proof does not show that the newer tree continues the older one.",
            "Stop, delete nothing, and tell the security team: the log may have been rewritten.",
        )


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _leads(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    here, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            here, last = _past_lone_nodes(here, last)
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def _continues(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    if old & (old - 1) == 0:  # a complete tree is a node of the newer one, so its root begins the path
        proof = (old_root, *proof)
    if not proof:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            here, last = _past_lone_nodes(here, last)
        else:
            found_new = node_hash(found_new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _past_lone_nodes(here: int, last: int) -> tuple[int, int]:
    """Return the place after the levels where the rightmost node has no sibling."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last
