"""What the screens and the command line say, in words and figures."""
