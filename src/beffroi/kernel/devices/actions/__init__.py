"""The only place that writes devices: commissioning, storing what they say, telling them something, doing what an event asks for."""
