"""``fusuma demo``: real cases decided across agencies, checked against the plaintext."""
