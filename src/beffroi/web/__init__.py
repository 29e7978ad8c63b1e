"""The shell: base templates, navigation, error pages, health."""
