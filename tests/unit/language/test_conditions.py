from __future__ import annotations

import pytest

from matcher.core.catalogue import AttributeType
from matcher.core.errors import EmptyConjunction, InvalidPredicate, UnsupportedPredicate
from matcher.core.predicate import (
    All,
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Operator,
    ParameterOperand,
    Predicate,
)
from matcher.core.render import render
from matcher.language.cel import MOST_BYTES
from matcher.language.conditions import compile_predicate
from matcher.language.parameters import ParameterType
from matcher.language.source import Source
from tests.programmes_of_tests import ATTRIBUTES

PARAMETERS = {
    "top": ParameterType(AttributeType.INTEGER),
    "adl": ParameterType(AttributeType.ENUMERATION),
    "flag": ParameterType(AttributeType.BOOLEAN),
}


def _compile(text: str) -> Predicate:
    return compile_predicate(Source(text, lambda offset: f"f:{offset}"), ATTRIBUTES, PARAMETERS)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tax.bracket <= params.top", "tax.bracket <= params.top"),
        ("tax.resident", "tax.resident == true"),
        ("!params.flag || tax.resident", "!(params.flag == 1) || tax.resident == true"),
        ("tax . bracket == 3 // a comment", "tax.bracket == 3"),
        (".tax.bracket == 3", "tax.bracket == 3"),
        ("welfare.adl in ['limited', params.adl]", 'welfare.adl in ["limited", params.adl]'),
        ("tax.bracket == tax.dependants", "tax.bracket == tax.dependants"),
        ("tax.income >= -500", "tax.income >= -500"),
        ("tax.bracket <= 9", "tax.bracket <= 9"),
        ("true && 1 < 2", "true && 1 < 2"),
        ("!" * 1001 + "tax.resident", "!(tax.resident == true)"),
        (
            "at_least(2, [tax.resident, tax.bracket > 3, welfare.grade == 1])",
            "at_least(2, [tax.resident == true, tax.bracket > 3, welfare.grade == 1])",
        ),
        ("at_least(1, [tax.resident])", "tax.resident == true"),
        ("at_least(1, [tax.resident, tax.bracket > 3])", "tax.resident == true || tax.bracket > 3"),
        ("at_least(2, [tax.resident, tax.bracket > 3])", "tax.resident == true && tax.bracket > 3"),
    ],
)
def test_what_is_offered(text: str, meaning: str) -> None:
    assert render(_compile(text), ATTRIBUTES) == meaning


def test_text_becomes_the_code_of_the_value_it_is_compared_with() -> None:
    predicate = _compile('"normal" == welfare.adl && welfare.adl != params.adl')
    assert isinstance(predicate, All)
    adl = next(name for name in ATTRIBUTES if name == "welfare.adl")
    assert predicate.children == (
        Comparison(ConstantOperand(1), Operator.EQ, AttributeOperand(adl)),
        Comparison(AttributeOperand(adl), Operator.NE, ParameterOperand("adl", adl)),
    )


REFUSED = {
    "unknown attribute": (
        "tax.brackt == 3",
        InvalidPredicate,
        "f:0: there is no 'tax.brackt'",
        "did you mean tax.bracket?",
    ),
    "a type of CEL's": (
        "tax.resident == true || type == type",
        UnsupportedPredicate,
        "f:24: 'type' is CEL's own and not offered",
        "name an attribute of the catalogue, or params.x",
    ),
    "a type of CEL's alone": ("double", UnsupportedPredicate, "f:0: 'double' is CEL's own", "name"),
    "a constant of CEL's": (
        "tax.bracket == google.protobuf.NullValue.NULL_VALUE",
        UnsupportedPredicate,
        "'google.protobuf.NullValue.NULL_VALUE' is CEL's own",
        "name an attribute",
    ),
    "unknown attribute further on": (
        "tax.resident && (welfare.grad == 3)",
        InvalidPredicate,
        "f:17: there is no 'welfare.grad'",
        "did you mean welfare.grade?",
    ),
    "a role alone": ("tax == 3", InvalidPredicate, "there is no 'tax'", "did you mean tax."),
    "unknown parameter": (
        "tax.bracket < params.topp",
        InvalidPredicate,
        "there is no 'params.topp'",
        "did you mean params.top?",
    ),
    "unknown enumeration value": (
        'welfare.adl == "limitd"',
        InvalidPredicate,
        "f:15: 'limitd' is no value of welfare.adl",
        "did you mean limited?",
    ),
    "wrong type": (
        'tax.bracket == "3"',
        InvalidPredicate,
        "f:12: == does not fit a whole number and text",
        "a value of its own type",
    ),
    "a decimal": (
        "tax.bracket <= 3.5",
        InvalidPredicate,
        "f:12: <= does not fit a whole number and a decimal number",
        "use whole numbers",
    ),
    "null": (
        "tax.bracket == null",
        InvalidPredicate,
        "does not fit a whole number and null",
        "",
    ),
    "outside the domain": (
        "tax.bracket == 8",
        InvalidPredicate,
        "8 lies outside the domain of tax.bracket",
        "from 0 to 7",
    ),
    "a list member outside": ("tax.bracket in [7, 8]", InvalidPredicate, "f:19: 8 lies", ""),
    "a list of mixed types": (
        'tax.bracket in [1, "a"]',
        InvalidPredicate,
        "f:19: this is no value of tax.bracket",
        "integer",
    ),
    "an empty list": ("tax.bracket in []", EmptyConjunction, "empty list", "list the values"),
    "a constant in a list": ("1 in [1, 2]", InvalidPredicate, "left of in is no attribute", ""),
    "no list": (
        "tax.bracket in {1: 2}",
        InvalidPredicate,
        "right of in is no list",
        "write [1, 2]",
    ),
    "an attribute in a list": (
        "tax.bracket in [tax.dependants]",
        UnsupportedPredicate,
        "an attribute stands in a list",
        "compare the two attributes with ==",
    ),
    "roles mixed": (
        "tax.bracket == welfare.grade",
        UnsupportedPredicate,
        "what tax holds with what welfare holds",
        "",
    ),
    "order of enumerations": (
        'welfare.adl < "normal"',
        InvalidPredicate,
        "have no order",
        "use ==, != or in",
    ),
    "order of booleans": ("tax.resident < true", InvalidPredicate, "have no order", ""),
    "text with text": ('"a" == params.adl', InvalidPredicate, "no attribute", ""),
    "presence": (
        "tax.resident && has(tax.bracket)",
        UnsupportedPredicate,
        "f:16: has() is not used here",
        "say in the catalogue",
    ),
    "a choice": ("tax.resident ? true : false", UnsupportedPredicate, "a choice with ?", ""),
    "an index": ("[true][0]", UnsupportedPredicate, "f:0: an index", "name an attribute"),
    "a size": ("size(welfare.adl) == 2", UnsupportedPredicate, "f:0: counting with size()", ""),
    "a conversion": ("int(welfare.adl) == 2", UnsupportedPredicate, "a conversion", "same type"),
    "an unknown function": (
        "tax.resident && foo(tax.bracket)",
        UnsupportedPredicate,
        "f:16: there is no function 'foo'",
        "use age, years_since",
    ),
    "another function of CEL's": (
        "math.abs(tax.bracket) == 1",
        UnsupportedPredicate,
        "f:0: the function math.abs() is not offered",
        "",
    ),
    "a function CEL's mathematics lacks": (
        "math.min(tax.bracket, 2) == 1",
        UnsupportedPredicate,
        "f:0: math has no such function",
        "math.least",
    ),
    "a method": (
        'welfare.adl.startsWith("l")',
        UnsupportedPredicate,
        "the function startsWith()",
        "",
    ),
    "a loop over a list": (
        "[1].exists(x, x == 1)",
        UnsupportedPredicate,
        "f:4: exists() ranges over something else than members",
        "for households",
    ),
    "members of a person": (
        "members.all(m, m.tax.resident)",
        InvalidPredicate,
        "f:0: a programme for persons has no members",
        "unit: household",
    ),
    "a condition compared": (
        "(tax.resident && true) == true",
        UnsupportedPredicate,
        "a condition is compared",
        "join conditions",
    ),
    "a value alone": ("tax.bracket", InvalidPredicate, "a value, not a condition", ""),
    "a number alone": ("3", InvalidPredicate, "a value, not a condition", ""),
    "decimals alone": ("3.5 > 2.5", UnsupportedPredicate, "f:0: a decimal number", "whole"),
    "a number beyond exactness": (
        "tax.income < 9007199254740992",
        InvalidPredicate,
        "f:13: this number is too large",
        "",
    ),
    "a thousand brackets": (
        "(" * 1000 + "tax.resident" + ")" * 1000,
        InvalidPredicate,
        "f:0: the predicate is nested too deeply",
        "fewer brackets",
    ),
    "a sum of a thousand": (
        "+".join(["tax.bracket"] * 600) + " < 3",
        InvalidPredicate,
        "f:0: the predicate is nested too deeply",
        "shorter sums",
    ),
    "unsigned": ("1u < 2u", UnsupportedPredicate, "this kind of constant", ""),
    "text without quotes": (
        "welfare.adl == limited",
        InvalidPredicate,
        "f:15: there is no 'limited'",
        'put text in quotes: "limited"',
    ),
    "a parameter without its prefix": (
        "tax.bracket <= top",
        InvalidPredicate,
        "f:15: there is no 'top'",
        "did you mean params.top?",
    ),
    "true in another spelling": (
        "tax.resident == True",
        InvalidPredicate,
        "f:16: there is no 'True'",
        "write true",
    ),
    "a list of another type": (
        "tax.bracket in ['1', '2']",
        InvalidPredicate,
        "f:12: in does not fit a whole number and a list",
        "list values of the attribute's own type, as in [1, 2]",
    ),
    "word for operator": (
        "tax.resident AND tax.resident",
        InvalidPredicate,
        "f:13: CEL does not understand 'AND' here",
        "write && for and",
    ),
    "word before an operand": (
        "not tax.resident",
        InvalidPredicate,
        "f:4: CEL does not understand 'tax' here",
        "write ! for not",
    ),
    "half an operator": (
        "tax.resident & tax.resident",
        InvalidPredicate,
        "f:13: CEL does not understand '&' here",
        "write && for and",
    ),
    "single equals": (
        "tax.bracket = 3",
        InvalidPredicate,
        "f:12: CEL does not understand '=' here",
        "write == for equality",
    ),
    "unequal in another language": (
        "tax.bracket <> 3",
        InvalidPredicate,
        "f:13: CEL does not understand '>' here",
        "!= for unequal",
    ),
    "a full-width sign": (
        "tax.resident \uff06\uff06 tax.resident",
        InvalidPredicate,
        "f:13: CEL does not understand '\uff06' here",
        "write & in half width",
    ),
    "a sign of mathematics": (
        "tax.bracket \u2266 3",
        InvalidPredicate,
        "f:12: CEL does not understand '\u2266' here",
        "write <= for at most",
    ),
    "typographic quotes": (
        "welfare.adl == \u201climited\u201d",
        InvalidPredicate,
        "f:15: CEL does not understand '\u201c' here",
        'write text between " and "',
    ),
    "a bracket not closed": (
        "(tax.bracket <= 3",
        InvalidPredicate,
        "f:17: ')' is missing",
        "add it here or before",
    ),
    "unfinished": (
        "tax.bracket <=",
        InvalidPredicate,
        "f:14: the predicate ends too early",
        "something is missing here",
    ),
    "nothing": ("", InvalidPredicate, "f:0: the predicate ends too early", ""),
    "a number too large": ("tax.bracket == 99999999999999999999", InvalidPredicate, "int", ""),
    "a field of a number": (
        "tax.bracket.x == 1",
        InvalidPredicate,
        "f:0: 'tax.bracket.x' names nothing",
        "did you mean tax.bracket?",
    ),
    "one of none": ("at_least(0, [tax.resident])", InvalidPredicate, "at least 0 of 1", "one"),
    "more than there are": (
        "tax.resident && at_least(3, [tax.resident, tax.bracket == 1])",
        InvalidPredicate,
        "f:16: at least 3 of 2 decides nothing",
        "no more than there are",
    ),
    "a count that is no number": (
        "at_least(params.top, [tax.resident])",
        InvalidPredicate,
        "f:9: at_least counts up to a number",
        "in digits",
    ),
    "no list of conditions": (
        "at_least(2, tax.resident)",
        InvalidPredicate,
        "f:0: at_least() does not fit a whole number and true or false",
        "at_least(2, [one,",
    ),
    "a list that is calculated": (
        "at_least(1, [tax.resident] + [tax.resident])",
        InvalidPredicate,
        "at_least takes a list",
        "",
    ),
    "deep nesting": (
        "(" * 40 + "tax.resident" + ")" * 40,
        InvalidPredicate,
        "nested too deeply",
        "",
    ),
}


@pytest.mark.parametrize(("text", "error", "message", "fix"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_offered_is_refused_in_its_own_words(
    text: str, error: type[InvalidPredicate], message: str, fix: str
) -> None:
    with pytest.raises(InvalidPredicate) as caught:
        _compile(text)
    assert type(caught.value) is error
    assert message in f"{caught.value.where}: {caught.value.what}"
    assert fix in caught.value.fix


def test_the_offending_line_is_shown_with_a_caret() -> None:
    with pytest.raises(InvalidPredicate) as caught:
        _compile("tax.resident &&\n  (tax.brackt == 3)")
    assert str(caught.value).endswith(
        "did you mean tax.bracket?\n      (tax.brackt == 3)\n       ^"
    )


@pytest.mark.parametrize(
    "text",
    [
        'welfare.adl == "limited" // has(tax.bracket)',
        'tax.resident && "has(x)" != welfare.adl || true',
    ],
)
def test_presence_in_comments_and_strings_is_not_presence(text: str) -> None:
    try:
        _compile(text)
    except InvalidPredicate as error:
        assert "has()" not in error.what  # noqa: PT017 - another refusal is fine here


def test_the_length_limit_is_in_bytes() -> None:
    filler = "tax.bracket == 3 || "
    longest = filler * ((MOST_BYTES - 12) // len(filler)) + "tax.resident"
    _compile(longest + " " * (MOST_BYTES - len(longest)))
    with pytest.raises(InvalidPredicate, match="8193 bytes"):
        _compile(longest + " " * (MOST_BYTES + 1 - len(longest)))
    with pytest.raises(InvalidPredicate, match="more than 8192"):
        _compile("// " + "障" * 3000)
