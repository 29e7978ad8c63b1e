"""Who can see what: the answer in words, asked of the same queries that the pages use."""
