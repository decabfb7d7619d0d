"""What arrives from people: drafts and documents, turned into the fields of a letter. Trusts nothing."""
