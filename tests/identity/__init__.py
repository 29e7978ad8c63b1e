"""Identity providers for tests: one that lies on demand (`liar`), and one that somebody else wrote and had certified (`certified`)."""
