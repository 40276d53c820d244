"""The training loops: Keras' own, and one in PyTorch that is faster; and what both use.

`backend` chooses what computes, `schedules` gives the learning rate of a step, `ema` averages weights over steps,
`checkpoint` saves what a run needs to go on, `torch_layers` are Keras' layers as PyTorch's.
"""
