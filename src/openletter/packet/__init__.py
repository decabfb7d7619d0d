"""One file that carries a letter with its evidence: a self-contained page, and a PDF (``spec/bundle.md``)."""
