"""Where an API key comes from, and where it is kept."""
