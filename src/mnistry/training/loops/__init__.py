"""The training loops: Keras' own and a faster one in PyTorch, with the parts that both use.

`backend` selects the library that computes, `schedules` gives the learning rate of each step, `ema` averages
weights over steps, `checkpoint` saves what a run needs to resume, `torch_layers` maps Keras' layers to PyTorch.
"""
