"""Settings, addresses, ASGI: the only place that knows everything."""
