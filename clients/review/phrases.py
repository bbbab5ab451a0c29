"""The words a programme is explained in, by language.

Rules:
 * A sentence is one template; languages differ in order, so sentences are never put together from
   words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from matcher.core.predicate import Operator


class Language(StrEnum):
    """The languages sentences exist in."""

    EN = "en"
    JA = "ja"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences with places for names and values."""

    header: str
    basis: str
    until: str
    open_end: str
    parameter: str
    since: str
    then: str
    eligible: str
    all: str
    any: str
    asked: str
    closed: str
    open: str
    quoted: str
    applies: str
    applies_not: str
    member: str
    no_member: str
    comma: str
    last_comma: str
    compared: Mapping[Operator, str]
    true: str
    false: str


PHRASES: Mapping[Language, Phrases] = {
    Language.EN: Phrases(
        header="{requester} decides, for the affair {affair}, {period}.",
        basis="Legal basis: {basis}.",
        until="from {first} to {last}",
        open_end="from {first} on",
        parameter="The parameter {name} is {values}.",
        since="{value} from {since} on",
        then=", then ",
        eligible="On {day}, a person is eligible if:",
        all="all of these hold:",
        any="at least one of these holds:",
        asked="{role} is asked for: {titles}.",
        closed="Where {role} has no value for “{title}”, {value} is assumed.",
        open="Where {role} has no value for “{title}”, it is unknown; if that matters, the verdict "
        "is undetermined.",
        quoted="“{text}”",
        applies="{title}: yes",
        applies_not="{title}: no",
        member="{title} is {values}",
        no_member="{title} is not {values}",
        comma=", ",
        last_comma=" or ",
        compared={
            Operator.EQ: "{title} is {value}",
            Operator.NE: "{title} is not {value}",
            Operator.LT: "{title} is below {value}",
            Operator.LE: "{title} is at most {value}",
            Operator.GT: "{title} is above {value}",
            Operator.GE: "{title} is at least {value}",
        },
        true="yes",
        false="no",
    ),
    Language.JA: Phrases(
        header="{requester} が「{affair}」のために判定します。有効期間: {period}。",
        basis="根拠: {basis}",
        until="{first}から{last}まで",
        open_end="{first}から",
        parameter="パラメータ {name}: {values}",
        since="{since}から{value}",
        then="、",
        eligible="{day}現在、次のとき対象者となります:",
        all="次のすべてを満たす:",
        any="次のいずれかを満たす:",
        asked="{role} への照会項目: {titles}",
        closed="{role} に「{title}」の値がないときは{value}とみなします。",
        open="{role} に「{title}」の値がないときは不明とし、結果に影響するときは判定不能とします。",
        quoted="「{text}」",
        applies="「{title}」に該当する",
        applies_not="「{title}」に該当しない",
        member="「{title}」が{values}のいずれかである",
        no_member="「{title}」が{values}のいずれでもない",
        comma="、",
        last_comma="、",
        compared={
            Operator.EQ: "「{title}」が{value}である",
            Operator.NE: "「{title}」が{value}でない",
            Operator.LT: "「{title}」が{value}未満である",
            Operator.LE: "「{title}」が{value}以下である",
            Operator.GT: "「{title}」が{value}を超える",
            Operator.GE: "「{title}」が{value}以上である",
        },
        true="該当",
        false="非該当",
    ),
}
