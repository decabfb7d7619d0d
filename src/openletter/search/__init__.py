"""Which letter is this? Wordings folded, matched, graded, and an index of them (``spec/identify.md``)."""
