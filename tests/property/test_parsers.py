"""Whatever bytes arrive, a parser answers or refuses in its own words; it never falls over."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from matcher.core.errors import FusumaError
from matcher.language import dump_bundle, load_bundle
from matcher.language.cel import Source
from matcher.language.conditions import compile_predicate
from matcher.language.document import parse_document
from tests.programmes_of_tests import ATTRIBUTES, programme_of

BUNDLE = dump_bundle(programme_of('tax.bracket <= 3 && welfare.adl == "limited"'))
_YAML_PIECES = st.sampled_from(
    [
        *("a: ", "- ", "[", "]", "{", "}", "&x ", "*x", "!!int ", "|\n", ">-\n", "'", '"', "\n"),
        *("  ", "? ", ": ", "---\n", "%YAML 1.2\n", "# c\n", "<<: ", "\t", "1", "true", "é"),
    ]
)
_CEL_PIECES = st.sampled_from(
    [
        *("tax.bracket", "welfare.adl", "tax.resident", "params.x", " && ", " || ", "!", "(", ")"),
        *("==", " in ", "[", "]", ",", "1", '"limited"', "<=", "has(", ".", "-", "true", "//"),
        *("'", "\n", "?", "double", "type", "google.protobuf.NullValue.NULL_VALUE"),
    ]
)


@given(
    st.one_of(st.binary(max_size=200), st.lists(_YAML_PIECES).map(lambda p: "".join(p).encode()))
)
def test_any_bytes_are_a_document_or_refused(data: bytes) -> None:
    with contextlib.suppress(FusumaError):
        parse_document(data, "file.yaml")


@given(st.one_of(st.text(max_size=60), st.lists(_CEL_PIECES, max_size=20).map("".join)))
def test_any_text_is_a_predicate_or_refused(text: str) -> None:
    with contextlib.suppress(FusumaError):
        compile_predicate(Source(text, lambda offset: f"+{offset}"), ATTRIBUTES, {})


@given(st.integers(0, len(BUNDLE) - 1), st.integers(0, 255))
def test_a_changed_byte_of_a_bundle_is_another_bundle_or_refused(place: int, byte: int) -> None:
    changed = BUNDLE[:place] + bytes([byte]) + BUNDLE[place + 1 :]
    with contextlib.suppress(FusumaError):
        assert dump_bundle(load_bundle(changed)) == changed


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 2**60), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.data(), _JSON)
def test_a_changed_field_of_a_bundle_is_refused_or_understood(
    data: st.DataObject, new: object
) -> None:
    tree = json.loads(BUNDLE)
    node = tree
    while True:
        key = data.draw(
            st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))
        )
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            node[key] = new
            break
        node = inner
    written = json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    with contextlib.suppress(FusumaError, UnicodeEncodeError):
        load_bundle(written.encode())
