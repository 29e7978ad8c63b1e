"""Beffroi: an open, self-hosted platform on which a French local authority runs its connected things and its dealings with its inhabitants."""
