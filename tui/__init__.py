"""What the operator sees: the Textual app and the `segport` command line."""
