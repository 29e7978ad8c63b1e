"""Alerts for whoever watches or was told; audiences, rosters and policies for those who set the authority up."""
