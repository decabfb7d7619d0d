"""Verified results as JSON and in sentences, for terminals and pages alike; no terminal and no HTML is known here."""
