"""The attack that benchmarks/hostile.py runs: its inputs, a module each kind, and what watches and judges them."""

import pillow_heif

pillow_heif.register_heif_opener()  # so that Pillow writes HEIC
