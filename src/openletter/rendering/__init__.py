"""Letters, verdicts and differences as safe HTML, with their style sheet and the verifier that runs in a browser."""
