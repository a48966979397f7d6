"""The tree is the one of RFC 6962: against the roots that Certificate Transparency's implementations publish."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tree import EMPTY_ROOT, Growth, Range, Tree, consistency, consistent, frontier, includes, inclusion
from schemas.tree import leaf_hash as leaf

DATA = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Of the first 0 to 8 of DATA: the vectors every implementation of RFC 6962 is tried on."""
LEAVES = [leaf(bytes.fromhex(text)) for text in DATA]
sizes = st.integers(1, 300)


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def some(size: int) -> list[bytes]:
    return [leaf(b"%d" % number) for number in range(size)]


def grown(leaves: Sequence[bytes]) -> Tree:
    tree = Tree()
    for one in leaves:
        tree.append(one)
    return tree


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_root_of_a_tree_is_the_published_one(size: int) -> None:
    range_ = Range()
    for one in LEAVES[:size]:
        range_.append(one)
    assert range_.root().hex() == grown(LEAVES).root(size).hex() == plain_root(LEAVES[:size]).hex() == ROOTS[size]


def test_a_known_proof_is_the_published_one() -> None:
    tree = grown(LEAVES)
    path = [one.hex() for one in inclusion(0, 8, tree.node)]
    assert path == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in consistency(6, 8, tree.node)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_every_leaf_is_proven_and_no_other_leaf_place_or_root_is(size: int, data: st.DataObject) -> None:
    index, leaves = data.draw(st.integers(0, size - 1)), some(size)
    tree = grown(leaves)
    path, root = inclusion(index, size, tree.node), plain_root(leaves)
    assert includes(index, size, leaves[index], path, root)
    assert not includes(index, size, leaf(b"another"), path, root)
    assert not includes(index, size, leaves[index], path, leaf(b"another"))
    assert not includes(size, size, leaves[index], path, root)
    assert not includes(index, size, leaves[index], (*path, root), root)
    assert not path or not includes(index, size, leaves[index], path[:-1], root)
    if size > 1:
        other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index))
        assert not includes(other, size, leaves[index], path, root)


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_a_longer_tree_is_proven_to_begin_with_the_shorter_and_with_no_other(size: int, data: st.DataObject) -> None:
    first, leaves = data.draw(st.integers(1, size)), some(size)
    path = consistency(first, size, grown(leaves).node)
    old, new = plain_root(leaves[:first]), plain_root(leaves)
    assert consistent(first, size, path, old, new)
    altered = leaf(b"another")
    assert not consistent(first, size, path, altered, new)
    assert not consistent(first, size, path, old, altered)
    assert not consistent(first, size, (*path, altered), old, new)
    assert not path or not consistent(first, size, path[:-1], old, new)
    assert not consistent(0, size, (), EMPTY_ROOT, new)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_a_range_goes_on_from_what_was_stored_and_proves_what_it_grew_by(before: int, more: int) -> None:
    leaves = some(before + more)
    first = Range()
    for one in leaves[:before]:
        first.append(one)
    growth = Growth(Range(before, first.hashes))
    for one in leaves[before:]:
        growth.append(one)
    assert growth.range.root() == plain_root(leaves)
    assert len(growth.range.hashes) == len(list(frontier(before + more)))
    if before:
        assert consistent(before, before + more, growth.proof(), first.root(), growth.range.root())
        assert growth.proof() == consistency(before, before + more, grown(leaves).node)
    growth.settle()
    assert growth.proof() == ()


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, []), (0, [EMPTY_ROOT]), (3, [EMPTY_ROOT]), (-1, []), (1, [b"short"]), (2, LEAVES[:2])]
)
def test_what_is_no_frontier_is_refused(size: int, hashes: list[bytes]) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Range(size, hashes)


def test_what_is_not_in_the_tree_cannot_be_proven() -> None:
    tree = grown(LEAVES[:3])
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion(3, 3, tree.node)
    with pytest.raises(ValueError, match="not the beginning"):
        consistency(4, 3, tree.node)
    with pytest.raises(IndexError):
        tree.node(0, 3)
