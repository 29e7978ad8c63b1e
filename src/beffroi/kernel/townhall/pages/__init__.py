"""Settings, systems, legal pages, getting started, exports."""
