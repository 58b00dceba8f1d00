"""Roots and proofs are RFC 6962's, and nothing else passes for them."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError
from policy_checks.integrity import merkle

LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(4098)]
SIZES = st.integers(0, 300)
EXHAUSTIVE = range(1, 36)


def rfc_root(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 defines it, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = max(2**power for power in range(20) if 2**power < len(leaves))
    return sha256(b"\x01" + rfc_root(leaves[:k]) + rfc_root(leaves[k:])).digest()


def rfc_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH as section 2.1.1 defines it."""
    if len(leaves) == 1:
        return []
    k = merkle.split(len(leaves))
    if index < k:
        return [*rfc_path(index, leaves[:k]), rfc_root(leaves[k:])]
    return [*rfc_path(index - k, leaves[k:]), rfc_root(leaves[:k])]


def rfc_subproof(old: int, leaves: list[bytes], is_old_tree: bool) -> list[bytes]:
    """SUBPROOF as section 2.1.2 defines it."""
    if old == len(leaves):
        return [] if is_old_tree else [rfc_root(leaves)]
    k = merkle.split(len(leaves))
    if old <= k:
        return [*rfc_subproof(old, leaves[:k], is_old_tree), rfc_root(leaves[k:])]
    return [*rfc_subproof(old - k, leaves[k:], False), rfc_root(leaves[:k])]


def root(size: int) -> bytes:
    return rfc_root(LEAVES[:size])


SUBTREE = merkle.subtree_of(LEAVES)


def included(index: int, size: int, leaf: bytes, proof: tuple[bytes, ...], claimed: bytes) -> bool:
    try:
        merkle.verify_inclusion(index, size, leaf, proof, claimed)
    except IntegrityError as error:
        if error.code != "inclusion-invalid":
            raise
        return False
    return True


def continued(old: int, new: int, old_root: bytes, new_root: bytes, proof: tuple[bytes, ...]) -> bool:
    try:
        merkle.verify_consistency(old, new, old_root, new_root, proof)
    except IntegrityError as error:
        if error.code != "consistency-invalid":
            raise
        return False
    return True


def spoilt(proof: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    """Every proof near this one: an element changed, dropped, doubled, swapped, shortened, or one too many."""
    places = range(len(proof))
    changed = [(*proof[:i], bytes([proof[i][0] ^ 1]) + proof[i][1:], *proof[i + 1 :]) for i in places]
    dropped = [proof[:i] + proof[i + 1 :] for i in places]
    doubled = [proof[: i + 1] + proof[i:] for i in places]
    swapped = [(*proof[:i], proof[j], proof[i], *proof[j + 1 :]) for i, j in pairwise(places)]
    shorter = [(*proof[:i], proof[i][:-1], *proof[i + 1 :]) for i in places]
    return changed + dropped + doubled + swapped + shorter + [(*proof, bytes(32)), (bytes(32), *proof)]


@given(st.lists(SIZES, max_size=6))
def test_the_root_does_not_depend_on_how_the_leaves_came_in(cuts):
    frontier = merkle.Frontier()
    for cut in cuts:
        frontier.extend(iter(LEAVES[frontier.size : frontier.size + cut]))
        assert frontier.root() == root(frontier.size)
        frontier.append(LEAVES[frontier.size])
        assert frontier.root() == root(frontier.size)
    assert frontier.size == sum(cuts) + len(cuts)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4095, 4096, 4097])
def test_a_frontier_has_the_rfcs_root(size):
    frontier = merkle.Frontier()
    frontier.extend(LEAVES[:size])
    assert (frontier.size, frontier.root()) == (size, root(size))


def test_the_frontier_keeps_a_hash_for_each_level_and_no_leaf_more():
    frontier = merkle.Frontier()
    frontier.extend(LEAVES[i % 4096] for i in range(50_000))
    kept = [waiting for waiting in vars(frontier)["_waiting"] if waiting is not None]
    assert len(kept) == (50_000).bit_count()


def test_a_stream_that_breaks_leaves_a_tree_of_what_came_before():
    def breaking():
        yield from LEAVES
        raise OSError

    frontier = merkle.Frontier()
    with pytest.raises(OSError):  # noqa: PT011
        frontier.extend(breaking())
    assert 0 < frontier.size <= len(LEAVES)  # taken in while it ran, not gathered first
    assert frontier.root() == root(frontier.size)


@given(SIZES, SIZES)
def test_a_subtree_is_the_root_over_its_leaves(begin, length):
    assert SUBTREE(begin, begin + length) == rfc_root(LEAVES[begin : begin + length])


def test_a_leaf_is_never_a_node():
    left, right = LEAVES[:2]
    assert merkle.leaf_hash(left + right) == sha256(b"\x00" + left + right).digest()
    assert merkle.node_hash(left, right) == sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", EXHAUSTIVE)
def test_every_leaf_is_proven_with_the_rfcs_path_and_with_no_other(size):
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, SUBTREE)
        assert list(proof) == rfc_path(index, LEAVES[:size])
        assert included(index, size, LEAVES[index], proof, root(size))
        assert not any(included(index, size, LEAVES[index], bad, root(size)) for bad in spoilt(proof))
        assert not included(index, size, LEAVES[index + 1], proof, root(size))
        assert not included(index, size, LEAVES[index], proof, root(size + 1))
        for other in (-1, *range(size + 2)):
            assert included(other, size, LEAVES[index], proof, root(size)) == (other == index)


@pytest.mark.parametrize("new", EXHAUSTIVE)
def test_every_earlier_tree_is_proven_with_the_rfcs_proof_and_with_no_other(new):
    for old in range(1, new + 1):
        proof = merkle.consistency_proof(old, new, SUBTREE)
        assert list(proof) == rfc_subproof(old, LEAVES[:new], True)
        assert continued(old, new, root(old), root(new), proof)
        assert not any(continued(old, new, root(old), root(new), bad) for bad in spoilt(proof))
        assert not continued(old, new, root(old + 1), root(new), proof)
        assert not continued(old, new, root(old), root(new + 1), proof)


@given(st.integers(2, 300), st.data())
def test_a_log_with_an_entry_changed_does_not_continue_the_old_one(new, data):
    old = data.draw(st.integers(1, new))
    place = data.draw(st.integers(0, old - 1))
    forked = list(LEAVES[:new])
    forked[place] = merkle.leaf_hash(b"another")
    proof = merkle.consistency_proof(old, new, merkle.subtree_of(forked))
    assert continued(old, new, rfc_root(forked[:old]), rfc_root(forked), proof)
    assert not continued(old, new, root(old), rfc_root(forked), proof)


@pytest.mark.parametrize(
    ("old", "new", "old_root", "new_root", "proof", "good"),
    [
        pytest.param(0, 0, merkle.EMPTY, merkle.EMPTY, (), True, id="nothing-continues-nothing"),
        pytest.param(0, 3, merkle.EMPTY, root(3), (), True, id="anything-continues-nothing"),
        pytest.param(0, 3, merkle.EMPTY, root(3), (root(3),), False, id="nothing-needs-no-proof"),
        pytest.param(0, 3, root(3), root(3), (), False, id="the-empty-tree-has-one-root"),
        pytest.param(0, 0, root(3), root(3), (), False, id="the-empty-tree-has-one-root-even-twice"),
        pytest.param(3, 3, root(3), root(3), (), True, id="a-tree-continues-itself"),
        pytest.param(3, 3, root(3), root(3), (root(3),), False, id="itself-needs-no-proof"),
        pytest.param(3, 3, root(3), root(4), (), False, id="one-size-has-one-root"),
        pytest.param(3, 2, root(3), root(2), (), False, id="a-tree-does-not-shrink"),
        pytest.param(-1, 2, merkle.EMPTY, root(2), (), False, id="a-negative-size"),
        pytest.param(3, 3, b"short", b"short", (), False, id="roots-are-32-bytes"),
        pytest.param(2, 4, root(2), root(4), (), False, id="an-empty-proof-proves-nothing"),
        pytest.param(3, 4, root(3), root(4), (), False, id="an-empty-proof-proves-nothing-of-an-odd-tree"),
    ],
)
def test_the_edges_of_consistency(old, new, old_root, new_root, proof, good):
    assert continued(old, new, old_root, new_root, proof) is good


def test_a_proof_longer_than_its_tree_is_high_proves_nothing_even_of_a_root_made_for_it():
    one, two = LEAVES[:2]
    made = merkle.node_hash(one, two)
    assert included(1, 2, two, (one,), made)
    assert not included(0, 1, two, (one,), made)
    proof = merkle.consistency_proof(3, 4, SUBTREE)
    assert continued(3, 4, root(3), root(4), proof)
    higher = merkle.node_hash(one, root(3)), merkle.node_hash(one, root(4))
    assert not continued(3, 4, *higher, (*proof, one))


def test_an_empty_tree_holds_nothing():
    assert not included(0, 0, merkle.EMPTY, (), merkle.EMPTY)


HASHES = st.sampled_from([*LEAVES[:3], root(2), root(3), merkle.EMPTY]) | st.binary(max_size=40)
NUMBERS = st.integers(-2, 9) | st.integers() | st.sampled_from([2**63, 2**64 - 1, 10**5000])


@given(NUMBERS, NUMBERS, HASHES, HASHES, st.lists(HASHES, max_size=70).map(tuple))
def test_no_numbers_or_bytes_bring_anything_but_a_verdict(first, second, one, other, proof):
    included(first, second, one, proof, other)
    continued(first, second, one, other, proof)


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_no_proof_is_made_of_an_entry_that_is_not_there(index):
    with pytest.raises(ValueError, match="index"):
        merkle.inclusion_proof(index, 3, SUBTREE)


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_no_proof_is_made_of_a_tree_that_is_not_there(old, new):
    with pytest.raises(ValueError, match="old"):
        merkle.consistency_proof(old, new, SUBTREE)
