"""The three promises of the platform, done once: ask → grant → gate → register; event → situation → engagement; promise → deadline → alert."""
