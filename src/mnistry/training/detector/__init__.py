"""Training of the detector, which finds the glyphs of a page: its network, its targets, its loss."""
