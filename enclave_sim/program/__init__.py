"""The measured program: what it accepts, evaluates and releases.

Everything in this package, and in the matcher packages it uses, is part of the measurement that
agencies compare with their reference values. It holds keys and plaintext in memory only, writes
nothing, knows no network, and leaves to its host whatever a host may do: carry bytes.
"""

# Grows when a release closes a hole that older releases have; an appraisal policy names the
# smallest version it accepts.
SECURITY_VERSION = 1
