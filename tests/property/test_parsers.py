"""Whatever bytes arrive, a parser answers or refuses in its own words; it never falls over."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from matcher.core.errors import FusumaError
from matcher.core.programme import Unit
from matcher.language import dump_bundle, load_bundle
from matcher.language.catalogue_file import catalogue_of
from matcher.language.conditions import compile_predicate
from matcher.language.document import parse_document
from matcher.language.programme_file import programme_of as document_programme
from matcher.language.source import Source
from tests.language_scene import CATALOGUE, HOUSEHOLD, compiled
from tests.programmes_of_tests import ATTRIBUTES, programme_of


def _households() -> bytes:
    catalogue = catalogue_of(parse_document(CATALOGUE.encode(), "catalogue.yaml"))
    tree = parse_document(HOUSEHOLD.encode(), "programme.yaml")
    return dump_bundle(document_programme(tree, [catalogue]))


PERSONS = dump_bundle(programme_of('tax.bracket <= 3 && welfare.adl == "limited"'))
HOUSEHOLDS = _households()
BUNDLES = (PERSONS, HOUSEHOLDS)
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
        *("members", ".all(m, ", ".exists(m, ", ".exists_one(m, ", ".filter(m, ", ".map(m, "),
        *(".size()", "size(", "m.tax.taxed", "m.tax.income", "m.family.born", "m.", " >= ", " < "),
        *(
            "tax.taxed",
            "tax.income",
            "family.born",
            "math.least(",
            "math.greatest(",
            "params.table",
        ),
        *("age(", "months_since(", 'date("2026-04-01")', "date(", "at_least(2, [", "params.k"),
        *(
            " + ",
            " * ",
            " / ",
            " % ",
            "1.5",
            "{",
            "}",
            "household.Member{}",
            "params.cut",
            "@result",
        ),
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


@given(
    st.one_of(st.text(max_size=60), st.lists(_CEL_PIECES, max_size=20).map("".join)),
    st.sampled_from(Unit),
)
def test_any_text_is_a_condition_of_either_unit_or_refused(text: str, unit: Unit) -> None:
    with contextlib.suppress(FusumaError):
        compiled(text, unit)


@given(st.sampled_from(BUNDLES), st.integers(0, 2**16), st.integers(0, 255))
def test_a_changed_byte_of_a_bundle_is_another_bundle_or_refused(
    bundle: bytes, place: int, byte: int
) -> None:
    place %= len(bundle)
    changed = bundle[:place] + bytes([byte]) + bundle[place + 1 :]
    with contextlib.suppress(FusumaError):
        assert dump_bundle(load_bundle(changed)) == changed


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 2**60), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(BUNDLES), st.data(), _JSON)
def test_a_changed_field_of_a_bundle_is_refused_or_understood(
    bundle: bytes, data: st.DataObject, new: object
) -> None:
    tree = json.loads(bundle)
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
