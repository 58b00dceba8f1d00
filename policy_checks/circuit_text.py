"""How long the text of an author's own circuit may be: for whoever opens the file, and whoever reads it."""

TEXT_BYTES_MAX = 64 * 1024
