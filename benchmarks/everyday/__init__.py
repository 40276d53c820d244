"""Pictures of everyday situations with known truth, drawn apart from what training draws, and how readings are judged.

Digits are MNIST's test images, strokes and fonts that no network here learned from; paper, tables and cameras are this
package's own, so that the generator of training pages may change and the pictures do not.
"""
