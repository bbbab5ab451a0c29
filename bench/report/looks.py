"""How each scheme is called and drawn, everywhere in a report.

Rules:
 * A scheme has one colour and one marker in all plots; no two are told apart by colour alone.
 * The colours keep apart for people with protanopia, deuteranopia and tritanopia, and have a
   contrast of at least 3 to 1 to the page, light or dark.
 * Drawings are made in the light colours; on the page each is a variable, so that it can be dark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.core.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Look:
    """How one thing is drawn.

    Attributes:
        variable: the name of its colour on the page.
        light: its colour on white.
        dark: its colour on a dark page.
        marker: as Matplotlib names it.
    """

    variable: str
    light: str
    dark: str
    marker: str = ""


INK = Look("ink", "#1a1c20", "#e8eaed")
MUTED = Look("muted", "#5f6570", "#a4abb6")
RULE = Look("rule", "#d9dce1", "#3a3f47")
PAPER = Look("paper", "#ffffff", "#16181d")
# Everybody else's implementations; they are named where they are drawn.
PEER = Look("peer", "#333a45", "#cfd5de", "X")

# The order in which schemes are listed: from no protection to the slowest.
SCHEMES: Mapping[Scheme, Look] = {
    Scheme.CLEAR: Look("clear", "#767676", "#9aa0a6", "o"),
    Scheme.ENCLAVE: Look("enclave", "#009e73", "#2fbf8f", "s"),
    Scheme.BGV: Look("bgv", "#0072b2", "#6cc4ff", "D"),
    Scheme.BFV: Look("bfv", "#2b1b6b", "#8f7dff", "^"),
    Scheme.CKKS: Look("ckks", "#cc5fa3", "#ffb0dd", "v"),
    Scheme.PAILLIER: Look("paillier", "#d55e00", "#ff8c42", "P"),
}

LOOKS = (INK, MUTED, RULE, PAPER, PEER, *SCHEMES.values())

TITLES: Mapping[Scheme, str] = {
    Scheme.CLEAR: "No protection",
    Scheme.ENCLAVE: "Enclave, simulated",
    Scheme.BGV: "Homomorphic encryption, BGV",
    Scheme.BFV: "Homomorphic encryption, BFV",
    Scheme.CKKS: "Approximate homomorphic encryption, CKKS",
    Scheme.PAILLIER: "Additive encryption, Paillier",
}

MEANING: Mapping[Scheme, str] = {
    Scheme.CLEAR: "whoever runs the service in the middle reads every answer",
    Scheme.ENCLAVE: (
        "attested code decides in the clear inside a processor's protected memory; simulated here, "
        "so that the slowdown of real hardware is not in these figures"
    ),
    Scheme.BGV: "the service in the middle handles ciphertexts only; verdicts are exact",
    Scheme.BFV: "the service in the middle handles ciphertexts only; verdicts are exact",
    Scheme.CKKS: (
        "the service in the middle handles ciphertexts only; verdicts are rounded, and how far a "
        "case misses may show: for research, not for decisions"
    ),
    Scheme.PAILLIER: (
        "the service in the middle handles ciphertexts only, one for each answer; exact, for "
        "single cases"
    ),
}
