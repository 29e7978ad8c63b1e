"""Rules are made and ended; people are tied, begin and leave as the directory says."""
