"""The picture of a camera with a mask: decoded, covered and encoded again by a process of its own, one a camera.

The relay's side (`darkroom`) hands each picture over and gets another back; nothing else of such a camera ever reaches a viewer.
"""
