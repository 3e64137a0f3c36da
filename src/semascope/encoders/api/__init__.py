"""Encoders behind an API: names and providers, counting, pacing, the wire, and one pipeline that loses nothing."""
