"""Who works with the workspace, and how they come in."""
