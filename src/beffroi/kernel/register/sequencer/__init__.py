"""The sequencer: numbers entries, publishes tiles, then signs the checkpoint; one runs at a time, a second one waits."""
