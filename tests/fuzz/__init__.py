"""Mutated envelopes, checkpoints and manifests against their parsers. `make fuzz` gives each a minute."""
