"""The user's own pins, authorities and memory: files outside of any archive (``spec/trust.md``)."""
