"""Beffroi: the open, self-hosted platform of a French local authority, for its connected things and its dealings with its inhabitants."""
