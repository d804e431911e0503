"""Where segments are sent: one seam (`base`), and one module for each service behind it."""
