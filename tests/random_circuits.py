"""Random circuits for whole encrypted chunks, with the product and threshold forms of plans."""

from hypothesis import strategies as st

from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected

COLUMNS = 8

# A miss and the complement of one column would cancel to a constant; no plan reads one both ways.
_LEAVES = st.one_of(
    st.integers(0, COLUMNS // 2 - 1).map(Miss),
    st.lists(st.integers(0, COLUMNS // 2 - 1), min_size=2, max_size=3, unique=True).map(
        lambda columns: OneOf(tuple(columns))
    ),
    st.lists(st.integers(COLUMNS // 2, COLUMNS - 1), min_size=1, max_size=4, unique=True).map(
        lambda columns: Unselected(tuple(columns))
    ),
)


_THRESHOLDS = st.lists(_LEAVES, min_size=3, max_size=6).flatmap(
    lambda children: st.integers(1, len(children) - 2).map(
        lambda most: AtMost(most, tuple(children))
    )
)


def circuits(*, products: bool) -> st.SearchStrategy[Circuit]:
    """Circuits over eight columns, with or without products."""

    def grown(inner: st.SearchStrategy[Circuit]) -> st.SearchStrategy[Circuit]:
        children = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.one_of(children.map(Sum), *([children.map(Product)] if products else []))

    leaves = st.one_of(_LEAVES, _THRESHOLDS) if products else _LEAVES
    return st.one_of(leaves, st.recursive(leaves, grown, max_leaves=8))
