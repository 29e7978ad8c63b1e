"""The three promises of the platform, done once: ask → grant → gate → register; event → situation → service; promise → deadline → alert."""
