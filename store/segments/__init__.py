"""Sources of profiles: found, read, joined and shown, all in SQL."""
