"""fusuma: eligibility across agencies, decided without anyone reading the attributes."""

__version__ = "0.1.0"
