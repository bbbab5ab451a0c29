"""What a designer writes, turned into core values: YAML with places, and CEL."""

from matcher.language.bundle import bundle_digest, dump_bundle, load_bundle
from matcher.language.catalogue_file import load_catalogue
from matcher.language.grants_file import load_grants
from matcher.language.places import Places
from matcher.language.programme_file import load_programme, load_programme_with_places

__all__ = [
    "Places",
    "bundle_digest",
    "dump_bundle",
    "load_bundle",
    "load_catalogue",
    "load_grants",
    "load_programme",
    "load_programme_with_places",
]
