import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner

from fusuma.pki import IssuingAuthority, create_authority, issue_identity, load_authority
from fusuma.pki_command import app
from matcher.core.errors import InvalidConfiguration
from matcher.identity.certificates import parse_certificate
from matcher.identity.identity import load_identity, preflight


def test_an_authority_is_never_overwritten(tmp_path: Path, now: int) -> None:
    create_authority(tmp_path, now)
    with pytest.raises(InvalidConfiguration, match="already"):
        create_authority(tmp_path, now)


def test_an_identity_is_never_overwritten(tmp_path: Path, now: int) -> None:
    authority = create_authority(tmp_path, now)
    issued = issue_identity(authority, "tax", now)
    with pytest.raises(InvalidConfiguration, match="already"):
        issue_identity(authority, "tax", now)
    assert load_identity(tmp_path / "tax").signed_card == issued.signed_card


def test_private_files_are_their_owners_only(tmp_path: Path, now: int) -> None:
    issue_identity(create_authority(tmp_path, now), "tax", now)
    for directory in (tmp_path / "ca", tmp_path / "tax"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        for key in directory.glob("*.key"):
            assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_an_authority_that_was_loaded_issues_under_the_same_root(tmp_path: Path, now: int) -> None:
    created = create_authority(tmp_path, now)
    identity = issue_identity(load_authority(tmp_path), "tax", now)
    assert created.authority.check(parse_certificate(identity.certificate_pem), now) == "tax"


def test_an_authority_with_a_foreign_key_is_refused(
    tmp_path: Path, other_authority: IssuingAuthority, now: int
) -> None:
    create_authority(tmp_path, now)
    foreign = other_authority.directory / "ca" / "ca.key"
    (tmp_path / "ca" / "ca.key").write_bytes(foreign.read_bytes())
    with pytest.raises(InvalidConfiguration, match="does not belong"):
        load_authority(tmp_path)


def test_no_identity_outlives_the_authority(tmp_path: Path, now: int) -> None:
    authority = create_authority(tmp_path, now, days=10)
    certificate = parse_certificate(issue_identity(authority, "tax", now).certificate_pem)
    assert certificate.not_valid_after_utc == authority.authority.certificate.not_valid_after_utc


def test_only_an_identity_with_hosts_may_be_a_server(tmp_path: Path, now: int) -> None:
    authority = create_authority(tmp_path, now)
    client = issue_identity(authority, "tax", now)
    server = issue_identity(authority, "matcher", now, hosts=("matcher.example", "::1"))
    usages = [
        parse_certificate(identity.certificate_pem)
        .extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        .value
        for identity in (client, server)
    ]
    assert [ExtendedKeyUsageOID.SERVER_AUTH in usage for usage in usages] == [False, True]


@pytest.mark.parametrize("host", ["", "Matcher", "a b", "-a", "a..b", "host:443", "a\n"])
def test_a_malformed_host_is_refused_and_leaves_nothing(
    tmp_path: Path, now: int, host: str
) -> None:
    authority = create_authority(tmp_path, now)
    with pytest.raises(InvalidConfiguration, match="host name"):
        issue_identity(authority, "matcher", now, hosts=(host,))
    assert [path.name for path in tmp_path.iterdir()] == ["ca"]


@pytest.mark.parametrize("agency", ["", "Tax", "tax office", "ca", "../tax", "1tax"])
def test_a_malformed_or_reserved_agency_is_refused(tmp_path: Path, now: int, agency: str) -> None:
    with pytest.raises(InvalidConfiguration):
        issue_identity(create_authority(tmp_path, now), agency, now)


def test_the_command_makes_a_federation_that_works(tmp_path: Path) -> None:
    run = CliRunner()
    made = run.invoke(
        app, ["init", str(tmp_path), "--agency", "tax", "--server", "matcher=matcher.example"]
    )
    assert made.exit_code == 0, made.output
    added = run.invoke(app, ["add", str(tmp_path), "--agency", "welfare"])
    assert added.exit_code == 0, added.output
    for agency in ("tax", "matcher", "welfare"):
        shown = run.invoke(app, ["show", str(tmp_path / agency)])
        assert shown.exit_code == 0, shown.output
        assert "card         verified" in shown.output
    assert "matcher.example" in run.invoke(app, ["show", str(tmp_path / "matcher")]).output


def test_the_command_refuses_an_agency_named_twice_before_making_anything(tmp_path: Path) -> None:
    arguments = ["init", str(tmp_path / "new"), "--agency", "tax", "--server", "tax"]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, InvalidConfiguration)
    assert not (tmp_path / "new").exists()


def test_an_issued_identity_passes_its_preflight_at_once(tmp_path: Path, now: int) -> None:
    # The card and the certificate begin a little in the past, for clocks that lag.
    identity = issue_identity(create_authority(tmp_path, now), "tax", now)
    assert preflight(identity, now - 200).agency == "tax"
