import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.requester.cohort import cohort_of
from clients.requester.draft import prepare
from clients.requester.rosters import Rosters, make_rosters
from clients.requester.run import match
from clients.requester.session import Session
from matcher.core.binding import link_code
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.cohort import cohort_commitment
from matcher.core.controls import most_subjects
from matcher.core.errors import DecryptionRefused, InvalidCohort
from matcher.core.identifiers import AgencyId, Role, RunId
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.card import Card, verify_card
from matcher.identity.identity import Identity
from matcher.language.programme_file import load_programme
from matcher.wire.roster import OpenedRoster, open_roster
from programmes import programme_path
from tests.city_households import city_households
from tests.matcher_scene import (
    CITY,
    DAY,
    PROVIDERS,
    TAX,
    TAX_NORTH,
    TAX_SOUTH,
    WELFARE,
    Scene,
    draw,
    federation,
    terms_of,
)

RUN = RunId("0" * 32)
TWO_OFFICES = {Role("tax"): (TAX_NORTH, TAX_SOUTH)}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def scene(parties: Mapping[AgencyId, Identity]) -> Scene:
    return draw(parties[CITY], subjects=8300)


def card(identity: Identity) -> Card:
    return verify_card(identity.signed_card, identity.authority, int(time.time()))


@pytest.fixture(scope="module")
def opened(scene: Scene, parties: Mapping[AgencyId, Identity]) -> Mapping[AgencyId, OpenedRoster]:
    """Each provider's roster, after the provider's own checks."""
    draft = scene.draft
    return {
        agency: open_roster(
            parties[agency].sealing_key,
            draft.rosters.sealed(draft.digest, card(parties[agency])),
            draft.statement,
            draft.digest,
            provider=agency,
            plan=scene.plan,
        )
        for agency in PROVIDERS.values()
    }


def seeded(seed: int) -> Callable[[int], bytes]:
    return np.random.default_rng(seed).bytes


def rosters_for(scene: Scene, subjects: int, seed: int = 1) -> Rosters:
    cohort = cohort_of([f"r{n}" for n in range(subjects)], terms_of(scene.plan))
    return make_rosters(scene.plan, cohort, RUN, seeded(seed))


def rosters_of(scene: Scene, seed: int) -> Rosters:
    return rosters_for(scene, 20, seed)


def test_canaries_and_padding_are_the_same_for_every_provider(
    opened: Mapping[AgencyId, OpenedRoster],
) -> None:
    assert opened[TAX].roster.control_map == opened[WELFARE].roster.control_map
    empty = {agency: ~one.roster.codes.any(axis=1) for agency, one in opened.items()}
    assert np.array_equal(empty[TAX], empty[WELFARE])


def test_every_subject_sits_in_its_slot_at_every_provider(
    scene: Scene, opened: Mapping[AgencyId, OpenedRoster]
) -> None:
    slots = scene.draft.rosters.seating.slot_of
    for one in opened.values():
        for number in (0, 4000, 8299):
            code = one.roster.codes[slots[number]].tobytes()
            assert code == link_code(f"resident-{number}")


def test_a_role_with_its_own_identifiers_gets_its_own_codes(scene: Scene) -> None:
    own = {Role("tax"): ["T1", "T2"]}
    cohort = cohort_of(["anna", "ben"], terms_of(scene.plan), own)
    assert cohort.asked[Role("tax")].codes[0].tobytes() == link_code("T1")
    assert cohort.asked[Role("welfare")].codes[0].tobytes() == link_code("anna")


def test_a_roster_opens_for_its_own_run_and_provider_only(
    scene: Scene, parties: Mapping[AgencyId, Identity]
) -> None:
    draft = scene.draft
    sealed = draft.rosters.sealed(draft.digest, card(parties[TAX]))
    for key, digest in (
        (parties[WELFARE].sealing_key, draft.digest),
        (parties[TAX].sealing_key, draw(parties[CITY]).draft.digest),
    ):
        with pytest.raises(DecryptionRefused):
            open_roster(key, sealed, draft.statement, digest, provider=TAX, plan=scene.plan)


def test_a_sealed_roster_does_not_show_how_many_people_are_in_it(
    scene: Scene, parties: Mapping[AgencyId, Identity]
) -> None:
    """The matcher stores seals and sees their length; it may know the number of chunks only."""
    for chunks, cohorts in ((1, (1, 2, 127, 4000, 8176)), (2, (8177, 8178, 16352))):
        lengths = {
            len(rosters_for(scene, subjects).sealed(scene.draft.digest, card(parties[agency])))
            for subjects in cohorts
            for agency in (TAX, WELFARE)
        }
        assert len(lengths) == 1, chunks


def test_commitments_open_with_salt_and_seats(scene: Scene) -> None:
    cohort = cohort_of([f"r{n}" for n in range(20)], terms_of(scene.plan))
    rosters = make_rosters(scene.plan, cohort, RUN, secrets.token_bytes)
    slots = rosters.seating.slot_of
    commitment = cohort_commitment(rosters.cohort_salt, cohort.people, slots)
    assert commitment == rosters.cohort_commitment
    assert commitment != cohort_commitment(rosters.cohort_salt, cohort.people, slots[::-1])


# --- Households, and agencies that share a role ---------------------------------------------------


def opened_by(scene: Scene, parties: Mapping[AgencyId, Identity], agency: AgencyId) -> OpenedRoster:
    draft = scene.draft
    return open_roster(
        parties[agency].sealing_key,
        draft.rosters.sealed(draft.digest, card(parties[agency])),
        draft.statement,
        draft.digest,
        provider=agency,
        plan=scene.plan,
    )


def test_a_code_stands_in_the_roster_of_the_agency_that_is_asked(
    parties: Mapping[AgencyId, Identity],
) -> None:
    scene = draw(parties[CITY], subjects=50, agencies=TWO_OFFICES)
    north, south, welfare = (
        opened_by(scene, parties, agency).roster.codes for agency in (TAX_NORTH, TAX_SOUTH, WELFARE)
    )
    in_north, in_south, somewhere = (codes.any(axis=1) for codes in (north, south, welfare))
    assert in_north.any()
    assert in_south.any()
    assert not (in_north & in_south).any()
    assert np.array_equal(in_north | in_south, somewhere)
    assert np.array_equal(north + south, welfare)


def test_members_sit_seat_after_seat_in_the_slot_of_their_household(
    parties: Mapping[AgencyId, Identity],
) -> None:
    scene = draw(parties[CITY], programme=city_households(), subjects=50)
    codes = opened_by(scene, parties, WELFARE).roster.codes
    assert len(codes) == scene.plan.chunk_slots * 3
    assert scene.grouping is not None
    members = np.bincount(scene.grouping.group_of)
    person = 0
    for household, slot in enumerate(scene.draft.rosters.seating.slot_of):
        for seat in range(3):
            code = codes[slot * 3 + seat].tobytes()
            if seat < members[household]:
                assert code == link_code(f"resident-{person}")
                person += 1
            else:
                assert code == bytes(16)


def test_every_agency_of_a_role_has_a_roster_in_the_statement_in_ascending_order(
    parties: Mapping[AgencyId, Identity],
) -> None:
    scene = draw(parties[CITY], agencies=TWO_OFFICES)
    entries = [(entry.role, entry.agency) for entry in scene.draft.statement.providers]
    assert entries == [("tax", TAX_NORTH), ("tax", TAX_SOUTH), ("welfare", WELFARE)]
    digests = {entry.roster_digest for entry in scene.draft.statement.providers}
    assert len(digests) == 3


def test_a_seal_does_not_show_how_many_of_the_people_an_agency_is_asked_about(
    parties: Mapping[AgencyId, Identity],
) -> None:
    scene = draw(parties[CITY], subjects=50, agencies=TWO_OFFICES)
    names = [f"r{number}" for number in range(50)]
    lengths = set()
    for first in (0, 1, 49):
        asked = [TAX_NORTH] * first + [TAX_SOUTH] * (50 - first)
        terms = terms_of(scene.plan, TWO_OFFICES)
        cohort = cohort_of(names, terms, agencies={Role("tax"): asked})
        rosters = make_rosters(scene.plan, cohort, RUN, secrets.token_bytes)
        lengths |= {
            len(rosters.sealed(scene.draft.digest, card(parties[agency])))
            for agency in (TAX_NORTH, TAX_SOUTH, WELFARE)
        }
    assert len(lengths) == 1


def test_a_cohort_for_other_agencies_or_another_unit_is_refused(scene: Scene) -> None:
    usual = terms_of(scene.plan)
    shared = replace(usual, agencies={**usual.agencies, **TWO_OFFICES})
    cohort = cohort_of(["anna"], shared, agencies={Role("tax"): [TAX_NORTH]})
    with pytest.raises(InvalidCohort, match="roles or agencies"):
        make_rosters(scene.plan, cohort, RUN, secrets.token_bytes)
    households = replace(usual, unit=Unit.HOUSEHOLD, most_members=3)
    cohort = cohort_of(["home"], households, members=["anna"])
    with pytest.raises(InvalidCohort, match="another programme"):
        make_rosters(scene.plan, cohort, RUN, secrets.token_bytes)


def test_nothing_of_a_run_is_used_again(scene: Scene) -> None:
    first, second = rosters_of(scene, 1), rosters_of(scene, 2)
    assert first.control_commitment != second.control_commitment
    assert first.cohort_commitment != second.cohort_commitment
    assert first.assignments[0].roster_digest != second.assignments[0].roster_digest


def test_rosters_of_two_providers_have_different_digests(scene: Scene) -> None:
    tax, welfare = rosters_of(scene, 1).assignments
    assert tax.roster_digest != welfare.roster_digest


def test_a_cohort_for_other_roles_is_refused(scene: Scene) -> None:
    cohort = cohort_of(["anna"], replace(terms_of(scene.plan), agencies={Role("tax"): (TAX,)}))
    with pytest.raises(InvalidCohort, match="other roles"):
        make_rosters(scene.plan, cohort, RUN, secrets.token_bytes)


def test_a_cohort_that_one_key_may_not_decide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bounds are two outputs a chunk, and 16 of its slots are control slots."""
    programme = load_programme(programme_path("city/support.yaml"))
    prepared = prepare(programme, Scheme.CKKS, ColumnKind.DECISION, DAY)
    plan = prepared.plan
    assert len(plan.outputs) == 2
    assert most_subjects(plan) == 512 * (4096 - 16)
    monkeypatch.setattr(CkksParameters, "most_decryptions", 5)
    names = [f"r{number}" for number in range(2 * 4080 + 1)]
    fits = cohort_of(names[:-1], terms_of(plan))
    assert len(make_rosters(plan, fits, RUN, seeded(1)).seating.chunks) == 2
    large = cohort_of(names, terms_of(plan))
    with pytest.raises(InvalidCohort, match=r"at most 8160 subjects .* the cohort has 8161"):
        make_rosters(plan, large, RUN, seeded(1))
    # Before a key is made or anybody is called: nobody is there.
    nobody = cast("Session", SimpleNamespace(config=None))
    with pytest.raises(InvalidCohort, match="at most 8160 subjects"):
        asyncio.run(match(nobody, prepared, large))


def test_other_schemes_decide_a_cohort_of_any_size(scene: Scene) -> None:
    assert most_subjects(scene.plan) is None


def test_rosters_do_not_show_themselves(scene: Scene) -> None:
    rosters = rosters_of(scene, 1)
    assert rosters.cohort_salt.hex() not in repr(rosters)
    assert repr(rosters.cohort_salt) not in repr(rosters)


REGIONS = {Role("tax"): (TAX_NORTH, TAX_SOUTH)}
FAMILIES = 600


def household_rosters(
    parties: Mapping[AgencyId, Identity], agencies: Mapping[Role, tuple[AgencyId, ...]] | None
) -> dict[AgencyId, NDArray[np.uint8]]:
    """Every agency's codes, in the order of the cohort: shape (households, seats, 16)."""
    scene = draw(parties[CITY], programme=city_households(), subjects=FAMILIES, agencies=agencies)
    draft = scene.draft
    codes = {}
    for entry in draft.statement.providers:
        opened = open_roster(
            parties[entry.agency].sealing_key,
            draft.rosters.sealed(draft.digest, card(parties[entry.agency])),
            draft.statement,
            draft.digest,
            provider=entry.agency,
            plan=scene.plan,
        )
        by_slot = opened.roster.codes.reshape(-1, scene.plan.seats, 16)
        codes[entry.agency] = by_slot[draft.rosters.seating.slot_of]
    return codes


def test_a_member_has_the_same_place_at_all_agencies_and_stands_at_one_of_a_role(
    parties: Mapping[AgencyId, Identity],
) -> None:
    codes = household_rosters(parties, REGIONS)
    north, south, welfare = codes[TAX_NORTH], codes[TAX_SOUTH], codes[WELFARE]
    in_north, in_south = north.any(axis=2), south.any(axis=2)
    assert in_north.any()
    assert in_south.any()
    assert not (in_north & in_south).any()
    assert np.array_equal(north + south, welfare)


def test_places_say_nothing_where_agencies_share_a_role(
    parties: Mapping[AgencyId, Identity],
) -> None:
    taken = household_rosters(parties, REGIONS)[WELFARE].any(axis=2)
    alone = taken[taken.sum(axis=1) == 1]
    # A household of one has its member anywhere: a third of them in each of three places.
    assert len(alone) > FAMILIES / 5
    assert np.all(np.abs(alone.mean(axis=0) - 1 / 3) < 0.15)


def test_members_sit_in_their_order_where_every_role_has_one_agency(
    parties: Mapping[AgencyId, Identity],
) -> None:
    for codes in household_rosters(parties, None).values():
        taken = codes.any(axis=2)
        assert np.array_equal(taken, np.arange(3) < taken.sum(axis=1, keepdims=True))
