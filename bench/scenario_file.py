"""Scenario files: what a benchmark measures, as data.

Example::

    benchmark: mine
    seed: 1947
    price: {amount: 0.05, currency: USD}
    defaults: {agencies: 2, predicate: all, repeats: 3}
    scenarios:
      - {series: subjects, scheme: [bgv, enclave], subjects: [1, 1000, 1000000]}
      - {series: agencies, scheme: bgv, subjects: 20000, agencies: [2, 4, 8]}
    peers: [tenseal-tutorial]
    operations: true

Rules:
 * An entry stands for every combination of what it lists; entries and what they list keep the order
   of the file. How an entry becomes scenarios is for ``scenario_series``.
 * ``default`` and ``quick`` come with the package; anything else is a path.
 * Whatever is wrong is said with line and column before anything is measured.
"""

from __future__ import annotations

import re
from pathlib import Path

from bench.kernel_peer import KERNELS
from bench.peers.catalogue import PEERS
from bench.scenario import Price, Scenario, ScenarioSet
from bench.scenario_series import AXES, expand
from matcher.core.binding import sha256
from matcher.core.errors import InvalidConfiguration, InvalidFile
from matcher.core.nearest import nearest
from matcher.language.document import Node, Scalar, parse_document, read_bytes
from matcher.language.fields import Section, items, text
from matcher.language.settings import flag, within

FOLDER = Path(__file__).with_name("scenarios")
SHIPPED = ("default", "quick")
MOST_SCENARIOS = 500
_MOST_SEED = 2**32 - 1
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def load_scenarios(named: str) -> ScenarioSet:
    """Load ``default``, ``quick`` or the file that ``named`` is the path of.

    Raises:
        InvalidFile: it is not readable, not YAML, or breaks the schema; says where.
        InvalidConfiguration: a name is not known or a number out of range; says where.
        InvalidPredicate: a predicate does not compile; says where.
        InvalidProgramme: a predicate asks nobody for anything; says where.
    """
    path = FOLDER / f"{named}.yaml" if named in SHIPPED else Path(named)
    if named not in SHIPPED and not path.suffix and not path.exists():
        raise InvalidFile(
            f"no set of scenarios is called {named[:80]!r}",
            fix=f"{nearest(named, SHIPPED)}; a file is named with its .yaml",
        )
    data = read_bytes(path)
    section = Section(
        parse_document(data, str(path)),
        "a set of scenarios",
        required=("benchmark", "seed", "price", "scenarios"),
        optional=("defaults", "peers", "operations"),
    )
    operations = section.get("operations")
    return ScenarioSet(
        name=text(section["benchmark"], "the benchmark's name", 80),
        digest=sha256(data).hex(),
        seed=within(section["seed"], "the seed", 0, _MOST_SEED),
        price=_price(section["price"]),
        scenarios=_scenarios(section),
        peers=_peers(section.get("peers")),
        operations=operations is not None and flag(operations, "operations"),
    )


def _scenarios(section: Section) -> tuple[Scenario, ...]:
    node = section.get("defaults")
    defaults = None if node is None else Section(node, "defaults", required=(), optional=AXES)
    found: dict[str, Scenario] = {}
    for item in items(section["scenarios"], "scenarios"):
        for scenario in expand(item, defaults):
            if scenario.name in found:
                raise InvalidConfiguration(
                    f"two scenarios are called {scenario.name!r}",
                    where=str(item.place),
                    fix="give one of the entries a name of its own",
                )
            found[scenario.name] = scenario
            if len(found) > MOST_SCENARIOS:
                raise InvalidConfiguration(
                    f"there are more than {MOST_SCENARIOS} scenarios",
                    where=str(item.place),
                    fix="list fewer values, or write several files",
                )
    if not found:
        place = section["scenarios"].place
        raise InvalidConfiguration(
            "there is nothing to measure", where=str(place), fix="list at least one scenario"
        )
    return tuple(found.values())


def _peers(node: Node | None) -> tuple[str, ...]:
    known = (KERNELS, *PEERS)
    named: list[str] = []
    for item in () if node is None else items(node, "peers"):
        name = text(item, "a peer")
        if name not in known:
            raise InvalidConfiguration(
                f"no peer is called {name[:80]!r}",
                where=str(item.place),
                fix=nearest(name, known),
            )
        if name in named:
            raise InvalidConfiguration(
                f"the peer {name} is listed twice", where=str(item.place), fix="list it once"
            )
        named.append(name)
    return tuple(named)


def _price(node: Node) -> Price:
    section = Section(node, "the price", required=("amount", "currency"))
    amount = section["amount"]
    written = amount.text if isinstance(amount, Scalar) else ""
    if not _AMOUNT.fullmatch(written):
        raise InvalidFile(
            "the amount must be what an hour of one core costs, as in 0.05",
            where=str(amount.place),
            fix="write it in digits with a decimal point",
        )
    return Price(float(written), text(section["currency"], "the currency", 20))
