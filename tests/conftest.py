"""How hard property tests try: a few examples, always the same, or in a campaign many new ones."""

from hypothesis import settings

settings.register_profile("suite", max_examples=120, derandomize=True, deadline=None, database=None)
settings.register_profile("campaign", max_examples=6000, deadline=None, print_blob=True)
settings.load_profile("suite")
