"""Synthetic pages for the detector: `scene` draws a picture with its truth, of `materials`, in one of the `layouts`."""
