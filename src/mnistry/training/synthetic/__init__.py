"""Images to train on that nobody wrote: from `fonts`, recombined `handwriting`, `touching` digits, and `nondigits`.

`sources` names them for recipes, and makes them.
"""
