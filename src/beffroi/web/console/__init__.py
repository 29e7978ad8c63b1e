"""The console: what operators keep open. A map, a queue of alerts, a feed; what changes reaches them within a second."""
