"""The only place that writes contacts: registering them, what they say, what follows, how they are."""
