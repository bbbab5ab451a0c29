from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.errors import (
    FusumaError,
    InvalidConfiguration,
    InvalidFile,
    SchemeRefused,
)
from matcher.core.scheme import Scheme
from matcher.service.config import MatcherConfig, Quotas, Retention, load_config

LEAST = "listen: 127.0.0.1:7443\nidentity: id\ndata: data\ngrants: [grants.yaml]\n"


def load(tmp_path: Path, text: str) -> MatcherConfig:
    path = tmp_path / "matcher.yaml"
    path.write_text(text)
    return load_config(path)


def test_the_least_configuration_has_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, LEAST)
    assert config == MatcherConfig(
        listen="127.0.0.1:7443",
        identity=tmp_path / "id",
        data=tmp_path / "data",
        grants=(tmp_path / "grants.yaml",),
    )
    assert config.schemes == {Scheme.BGV}


def test_every_setting_is_read(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        LEAST
        + "workers: 4\nenclave: {socket: /run/enclave.sock}\nboundary_log: b.json\n"
        + "boundary_capture: messages\nquotas: {chunks_per_run: 5, run_seconds: 60}\n"
        + "retention: {fetched_output_seconds: 1, sweep_seconds: 2}\n"
        + "programmes: published only\nschemes: [bgv, paillier]\n",
    )
    assert config.workers == 4
    assert config.enclave == Path("/run/enclave.sock")
    assert config.schemes == {Scheme.BGV, Scheme.PAILLIER, Scheme.ENCLAVE}
    assert config.boundary_log == tmp_path / "b.json"
    assert config.boundary_capture == tmp_path / "messages"
    assert config.quotas == Quotas(chunks_per_run=5, run_seconds=60)
    assert config.only_published
    assert config.retention == Retention(fetched_output_seconds=1, sweep_seconds=2)


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        pytest.param("listen: 127.0.0.1:1\n", InvalidFile, "lacks the key", id="missing key"),
        pytest.param(LEAST + "worker: 2\n", InvalidFile, "no key 'worker'", id="unknown key"),
        pytest.param(LEAST + "workers: two\n", InvalidFile, "whole number", id="no number"),
        pytest.param(LEAST + "workers: 0\n", InvalidConfiguration, "between", id="no workers"),
        pytest.param(
            LEAST.replace("127.0.0.1:7443", "localhost"),
            InvalidConfiguration,
            "address and a port",
            id="no port",
        ),
        pytest.param(
            LEAST.replace("7443", "74430"), InvalidConfiguration, "address", id="no such port"
        ),
        pytest.param(
            LEAST.replace("[grants.yaml]", "[]"), InvalidConfiguration, "grant", id="no grants"
        ),
        pytest.param(
            LEAST + "quotas: {chunks: 1}\n", InvalidFile, "no key 'chunks'", id="unknown quota"
        ),
        pytest.param(
            LEAST + "quotas: {run_seconds: 99999999}\n",
            InvalidConfiguration,
            "between",
            id="a run of years",
        ),
        pytest.param(
            LEAST + "programmes: published\n",
            InvalidConfiguration,
            "does not say which programmes",
            id="half a rule",
        ),
        pytest.param(
            LEAST + "schemes: [bgv, bfw]\n", InvalidConfiguration, "'bfw' is not", id="no scheme"
        ),
        pytest.param(
            LEAST + "schemes: [clear]\n", InvalidConfiguration, "'clear' is not", id="the clear"
        ),
        pytest.param(LEAST + "schemes: bgv\n", InvalidFile, "must be a list", id="no list"),
        pytest.param(
            LEAST + "schemes: []\n", InvalidConfiguration, "no scheme is offered", id="no schemes"
        ),
        pytest.param(LEAST + "enclave: {}\n", InvalidFile, "lacks", id="an enclave nowhere"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(
    tmp_path: Path, text: str, kind: type[FusumaError], what: str
) -> None:
    with pytest.raises(kind, match=what) as raised:
        load(tmp_path, text)
    assert "matcher.yaml" in raised.value.where


def test_a_misspelt_scheme_is_named_with_the_nearest_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="'pailler' is not one of schemes") as raised:
        load(tmp_path, LEAST + "schemes: [bgv, pailler]\n")
    assert raised.value.fix == "did you mean paillier?"
    assert raised.value.where.endswith("matcher.yaml:5:16")


def test_an_enclave_alone_may_be_offered(tmp_path: Path) -> None:
    config = load(tmp_path, LEAST + "schemes: []\nenclave: {socket: e.sock}\n")
    assert config.schemes == {Scheme.ENCLAVE}


@pytest.mark.usefixtures("without_paillier")
def test_a_scheme_that_is_not_installed_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SchemeRefused, match="paillier needs phe and gmpy2") as raised:
        load(tmp_path, LEAST + "schemes: [bgv, paillier]\n")
    assert (
        raised.value.fix
        == "install fusuma with the extra, in its folder: pip install '.[paillier]'"
    )
    assert raised.value.where.endswith("matcher.yaml:5:16")
    load(tmp_path, LEAST + "schemes: [bgv, bfv, ckks]\n")
