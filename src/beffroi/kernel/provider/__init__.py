"""Log-in by the town's identity provider: ProConnect, Keycloak, Microsoft Entra. Sessions of twelve hours, roles that the provider confirms
every 35 days at least, and nobody let in by an address alone.
"""
