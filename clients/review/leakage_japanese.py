"""Who learns what from a run, in Japanese."""

from __future__ import annotations

from matcher.core.ckks_parameters import CkksParameters
from matcher.core.lattice_parameters import (
    CLASSICAL_128_BITS,
    PLAIN_MODULUS,
    QUANTUM_128_BITS,
)
from matcher.core.leakage_findings import (
    AbsenceSettled,
    AnswerOverruled,
    ClearProtectsNothing,
    EmptyPlacesAnswered,
    EnclaveHolds,
    Finding,
    HouseholdsSeen,
    MatcherLearns,
    MatcherWithAgency,
    MatcherWithRequester,
    MissesHidden,
    OutcomeLearned,
    PossibilityLearned,
    ProviderLearns,
    RestLearned,
    RoleShared,
    Sent,
    UndeterminedTells,
    VerdictLearned,
    WrongAnswerUnnoticed,
)
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
from matcher.core.programme import Unit
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, ColumnKind, Scheme

_SENT = {
    ColumnKind.DECISION: "「{text}」に対する回答",
    ColumnKind.ATTRIBUTE: "{whose}{text} が{classes}区分のどれに当たるか{absent}",
    ColumnKind.VALUE: "{whose}{text} の値{absent}",
}
_HOW = {
    **dict.fromkeys(HOMOMORPHIC_SCHEMES, "暗号化して"),
    Scheme.ENCLAVE: "隔離実行環境に宛てて封印して",
    Scheme.CLEAR: "平文のまま",
}
_SUBJECT = {Unit.PERSON: "人", Unit.HOUSEHOLD: "世帯"}
_WHOLE = {
    ColumnKind.DECISION: "上の照会の一つ一つに対する回答",
    ColumnKind.ATTRIBUTE: "上の各属性の区分",
    ColumnKind.VALUE: "上の各属性の値",
}


def japanese(finding: Finding) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a kind of finding
    """Return ``finding`` in Japanese."""
    match finding:
        case ProviderLearns(role, scheme, sends):
            return (
                f"{role} は、自らの対象者のうち誰について、どの順で、どのプログラムのために"
                "照会されたかを知ります。"
                f"{_HOW[scheme]}送るのは次のものです: {'; '.join(map(_sent, sends))}。"
                "判定結果も、他の機関が保有する情報も知りません。"
            )
        case RoleShared(role, agencies, unit):
            who = "他の機関に割り当てられた人がいること"
            if unit is Unit.HOUSEHOLD:
                who = "他の機関に割り当てられた世帯員がいるか、誰もいないかのいずれかであること"
            return (
                f"{role} については{agencies}機関が回答します。"
                "各機関は自らに割り当てられた人についてだけ照会されます。"
                f"空いている席からは、{who}だけが分かり、誰かは分かりません。"
            )
        case HouseholdsSeen(places):
            return (
                "照会を受けた機関は、自らの対象者のうち誰が同じ世帯に属するかを知ります。"
                f"名簿には世帯ごとに、埋まっているか否かを問わず{places}席があり、"
                "世帯員の数を知るのは全員について照会された機関だけです。"
            )
        case VerdictLearned(requester, unit, undetermined):
            verdicts = "対象、対象外又は判定不能" if undetermined else "対象又は対象外"
            return f"{requester} は、{_SUBJECT[unit]}ごとに一つの判定結果を知ります: {verdicts}。"
        case OutcomeLearned(unit, conditions):
            names = "、".join(name for name, _ in conditions)
            meanings = "; ".join(f"{name} は {text}" for name, text in conditions)
            return (
                f"対象となる{_SUBJECT[unit]}ごとに、{names} のうち一つの区分を知ります。"
                "条件が確実に成り立ち、先立つ区分の条件が成り立ち得ない最初のものです。"
                f"これにより条件そのものを知ります: {meanings}。"
            )
        case UndeterminedTells():
            return (
                "「判定不能」からは、結果に影響する事実がいずれかの機関に欠けていることが分かりますが、"
                "どの機関かは分かりません。"
            )
        case PossibilityLearned(unit):
            return (
                f"確実ではないが可能性のあるものについては、その{_SUBJECT[unit]}がそもそも対象となり得るか"
                "だけを知り、どの区分かは知りません。"
            )
        case AbsenceSettled(attribute, met):
            return (
                f"{attribute} がない場合、これに関する条件は"
                f"{'満たす' if met else '満たさない'}ものとして扱います。"
                "判定結果からは、そのような値の記録がある場合と区別できません。"
            )
        case MissesHidden():
            return _hidden(finding)
        case MatcherLearns(slots, agency_counts, parameters):
            counts = "、役割ごとの機関の数" if agency_counts else ""
            learned = (
                f"照合機関は、プログラム、関係する機関、{slots}枠の区画の数、"
                f"時刻{counts}を知ります。"
            )
            return learned if parameters is None else f"{learned}{_hardness(parameters)}"
        case ClearProtectsNothing():
            return "照合機関はすべてを見ます。平文の方式は何も保護しません。"
        case EnclaveHolds():
            return (
                "隔離実行環境はすべての値を自らのメモリに保持し、判定結果だけを出します。"
                "その基盤を破る者は、すべての値を読むことができます。"
            )
        case MatcherWithRequester(requester, kind):
            return (
                f"照合機関と {requester} が結託すると、全員について"
                f"{_WHOLE[kind]}を知ることができます。"
                "照合機関には暗号文が、照会機関には鍵があるためです。"
            )
        case RestLearned(role, requester, satisfied, missed):
            return (
                f"{role} と {requester} が結託すると、又は {role} が保有する情報を {requester} が"
                "知っている場合には、判定結果から規則の残りを知ることができます。"
                f"{role} の部分を満たすとき: {_rest(satisfied)}。"
                f"満たさないとき: {_rest(missed)}。"
            )
        case AnswerOverruled():
            return (
                "手順に反する機関は、他の機関の回答によって対象外となる人を、その回答の数を"
                "言い当てれば対象とすることができます。自らの情報を偽るだけの機関にはできません。"
            )
        case EmptyPlacesAnswered():
            return (
                "複数の機関が回答する役割では、その一つが空いている席について回答することにより、"
                "他の機関に割り当てられた人を対象外とすることができます。"
            )
        case WrongAnswerUnnoticed():
            return "自らの情報について誤った回答をする機関があっても、気付かれません。"
        case MatcherWithAgency():
            return (
                "照合機関といずれか一つの機関が結託すると、どの枠が誰のものかを知り、一人の判定結果を"
                "気付かれずに変えることができます。検査用の枠が示すのは、多数の変更だけです。"
            )


def _sent(one: Sent) -> str:
    return _SENT[one.kind].format(
        text=one.text,
        classes=one.classes,
        whose="各世帯員の " if one.every_member else "",
        absent="、又は値がないこと" if one.may_be_absent else "",
    )


def _rest(text: str) -> str:
    return f"{text} か否か" if text else "それ以上は分からない"


def _hidden(finding: MissesHidden) -> str:
    subject, outputs = _SUBJECT[finding.unit], f"この計画の出力は{finding.outputs}個です。"
    match finding.parameters:
        case PaillierParameters(modulus_bits=bits):
            return (
                f"対象外の{subject}については、1から n - 1 まで(n は鍵の{bits}ビットの法)の"
                "一様な乱数が復号されるだけで、"
                "いくつの条件を、またどの条件を満たさなかったかは分かりません。"
                f"{finding.slots}枠の区画のどの枠からも、ほかに分かることはありません。{outputs}"
            )
        case CkksParameters(mask_bits=bits) as ckks:
            return (
                f"対象外の{subject}については、満たさなかった条件の数に、"
                f"大きさが1から 2^{bits} までのランダムな複素数を掛けた値を復号することができます。"
                "プログラムはそれがほぼ0か否かだけを残し、値は誰にも示しませんが、鍵を持つ者は値を計算でき、"
                "一つの値から、満たさなかった条件が一つか二つかが、"
                f"統計距離 {100 * ckks.advantage:.1f} % だけ分かります。"
                f"雑音から分かることは、{finding.slots}枠の区画と出力ごとに"
                f"統計距離 2^-{finding.bits} 未満です。この方式は研究用に限ります。{outputs}"
            )
        case _:
            return (
                f"対象外の{subject}については、1から{PLAIN_MODULUS - 1}までの"
                "一様な乱数が復号されるだけで、"
                "いくつの条件を、またどの条件を満たさなかったかは分かりません。雑音から分かることは、"
                f"{finding.slots}枠の区画と出力ごとに統計距離 2^-{finding.bits} 未満です。{outputs}"
            )


def _hardness(parameters: Parameters) -> str:
    hidden = "属性も、判定結果も、誰について照会されたかも知りません。"
    if isinstance(parameters, PaillierParameters):
        return (
            f"{hidden}これは合成数を法とする剰余の判定問題(DCR)の困難性に基づきます"
            f"(古典計算機に対し128ビット安全性、法は{parameters.modulus_bits}ビット。"
            "量子計算機に対しては安全ではありません)。"
        )
    against, limit = "古典計算機", CLASSICAL_128_BITS[parameters.degree]
    if parameters.resists_quantum:
        against, limit = "古典計算機及び量子計算機", QUANTUM_128_BITS[parameters.degree]
    return (
        f"{hidden}これは環上の誤り付き学習問題の困難性に基づきます"
        f"({against}に対し128ビット安全性、n = {parameters.degree}、"
        f"log2 q = {parameters.log2_modulus}、上限 {limit})。"
    )
