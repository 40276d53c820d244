"""The one way in which pixels are resized: averaged over areas to shrink, bilinear to enlarge."""

import numpy as np
from numpy.typing import NDArray


def resized(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Resize (h, w, …) uint8 to `height` × `width` px, each axis on its own scale.

    If both axes shrink, each new pixel is the mean of the area it covers, with pixels at its edges counted by
    their covered share. Otherwise it is interpolated between the four nearest pixels' middles (half-pixel
    centres, edges repeated). Rounded to the nearest integer.
    """
    import cv2

    if pixels.shape[:2] == (height, width):
        return pixels
    shrinks = height <= pixels.shape[0] and width <= pixels.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(pixels, (width, height), interpolation=how).astype(np.uint8, copy=False)
