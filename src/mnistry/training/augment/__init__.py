"""New images from old ones while training: `geometric` moves and bends, `degrade` adds what cameras and scans do."""
