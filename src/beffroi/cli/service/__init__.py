"""Beffroi as a service of the machine: its account, its home, its unit, who acts for it and what systemd is told."""
