"""Training-time augmentation: `geometric` moves and distorts images, `degrade` imitates pens, paper and cameras."""
