"""The attack that benchmarks/hostile.py runs: its inputs, a module each kind, and what watches and judges them."""
