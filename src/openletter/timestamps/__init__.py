"""RFC 3161 timestamps: bytes in, a time and an authority out, without I/O (``spec/timestamps.md``)."""
