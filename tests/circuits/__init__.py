"""A labelled benchmark of attacks on quantum clouds, written from the papers before any detector existed."""
