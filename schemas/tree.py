"""The Merkle tree of RFC 6962 (section 2.1): grown leaf by leaf, with proofs that anybody can check. Pure.

    leaf = SHA-256(0x00 || data)      node = SHA-256(0x01 || left || right)

Indexes and sizes count leaves from 0. A *node* is named by level (0: leaves) and index in its level; only nodes
that stand over 2^level leaves are named, since they never change. Proofs run from the leaf to the root.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()

NodeAt = Callable[[int, int], bytes]
"""The hash of a node by level and index."""


def leaf_hash(data: bytes) -> bytes:
    """The leaf over some data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def frontier(size: int) -> Iterator[tuple[int, int]]:
    """Level and index of the largest unchanging subtrees of a tree, from the left: one per bit of its size."""
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, start >> level
            start += 1 << level


class Range:
    """A tree reduced to what it takes to go on: its size and the hashes of its `frontier`."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count() or any(len(one) != HASH_BYTES for one in hashes):
            raise ValueError(f"{len(hashes)} hashes are not the frontier of {size} leaves")
        self.size, self.hashes = size, list(hashes)

    def append(self, leaf: bytes) -> None:
        """Grow by one leaf."""
        size, hashes = self.size, self.hashes
        while size & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root now."""
        if not self.hashes:
            return EMPTY_ROOT
        *left, root = self.hashes
        for one in reversed(left):
            root = node_hash(one, root)
        return root


class Growth:
    """A range that also keeps the nodes made since a size: what a consistency proof from that size needs."""

    __slots__ = ("_nodes", "range", "since")

    def __init__(self, range_: Range) -> None:
        self.range = range_
        self.settle()

    def settle(self) -> None:
        """Keep the nodes made from here on, and forget the older ones."""
        self.since = self.range.size
        self._nodes = dict(zip(frontier(self.since), self.range.hashes, strict=True))

    def append(self, leaf: bytes) -> None:
        """Grow by one leaf."""
        level, index, left = 0, self.range.size, self.range.hashes
        self._nodes[level, index] = leaf
        for one in reversed(left[len(left) - _trailing_ones(index) :]):
            leaf = node_hash(one, leaf)
            level, index = level + 1, index >> 1
            self._nodes[level, index] = leaf
        del left[len(left) - level :]
        left.append(leaf)
        self.range.size += 1

    def proof(self) -> tuple[bytes, ...]:
        """That the tree as it was at `since` is the beginning of the tree as it is now."""
        return consistency(self.since, self.range.size, lambda level, index: self._nodes[level, index])


class Tree:
    """Every node of a tree, 64 bytes of memory per leaf: for whoever proves inclusion of any leaf."""

    __slots__ = ("_levels", "size")

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[bytearray] = [bytearray()]

    def append(self, leaf: bytes) -> None:
        """Grow by one leaf."""
        level, index = 0, self.size
        self._levels[0] += leaf
        while index & 1:
            leaf = node_hash(bytes(self._levels[level][-2 * HASH_BYTES : -HASH_BYTES]), leaf)
            level, index = level + 1, index >> 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += leaf
        self.size += 1

    def node(self, level: int, index: int) -> bytes:
        """The hash of a node. Raises IndexError for one that the tree does not hold."""
        found = bytes(self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES])
        if len(found) != HASH_BYTES:
            raise IndexError(f"no node {index} on level {level}")
        return found

    def root(self, size: int | None = None) -> bytes:
        """The root now, or as it was at a size."""
        wanted = self.size if size is None else size
        return EMPTY_ROOT if wanted == 0 else _span(self.node, 0, wanted)


def inclusion(index: int, size: int, node: NodeAt) -> tuple[bytes, ...]:
    """The proof that a leaf is in the tree of this size. Raises ValueError if it cannot be."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    start, stop = 0, size
    path: list[bytes] = []
    while stop - start > 1:
        middle = start + _left(stop - start)
        if index < middle:
            path.append(_span(node, middle, stop))
            stop = middle
        else:
            path.append(_span(node, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency(first: int, second: int, node: NodeAt) -> tuple[bytes, ...]:
    """The proof that the tree of size `first` is the beginning of that of size `second`. Raises ValueError."""
    if not 0 <= first <= second:
        raise ValueError(f"{first} leaves are not the beginning of {second}")
    start, stop = 0, second
    path: list[bytes] = []
    while first and stop != first:
        middle = start + _left(stop - start)
        if first <= middle:
            path.append(_span(node, middle, stop))
            stop = middle
        else:
            path.append(_span(node, start, middle))
            start = middle
    if start:
        path.append(_span(node, start, stop))
    return tuple(reversed(path))


def includes(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that this leaf stands at this index in the tree of this size and root."""
    if not 0 <= index < size or not _hashes(leaf, root, *path):
        return False
    here, last = index, size - 1
    for one in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            leaf = node_hash(one, leaf)
            here, last = _up(here, last)
        else:
            leaf = node_hash(leaf, one)
        here, last = here >> 1, last >> 1
    return last == 0 and leaf == root


def consistent(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the proof shows that the first tree is the beginning of the second. An empty tree shows nothing."""
    if not 0 < first <= second or not _hashes(first_root, second_root, *path):
        return False
    if first == second:
        return not path and first_root == second_root
    nodes = list(path)
    if first.bit_count() == 1:
        nodes.insert(0, first_root)
    if not nodes:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = nodes[0]
    for one in nodes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(one, old), node_hash(one, new)
            here, last = _up(here, last)
        else:
            new = node_hash(new, one)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _hashes(*texts: bytes) -> bool:
    return all(len(text) == HASH_BYTES for text in texts)


def _up(here: int, last: int) -> tuple[int, int]:
    """Up to where the path next turns left, or to the root's left edge."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _left(leaves: int) -> int:
    """Leaves of the left subtree: the largest power of two below `leaves`, of which there are two or more."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _trailing_ones(index: int) -> int:
    return (~index & (index + 1)).bit_length() - 1


def _span(node: NodeAt, start: int, stop: int) -> bytes:
    """The hash over the leaves from `start` to before `stop`, from nodes that never change."""
    leaves = stop - start
    if leaves.bit_count() == 1:
        level = leaves.bit_length() - 1
        return node(level, start >> level)
    middle = start + _left(leaves)
    return node_hash(_span(node, start, middle), _span(node, middle, stop))
