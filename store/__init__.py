"""What is kept: configuration, keys, segments, history and ledger. Knows no network and no screen."""
