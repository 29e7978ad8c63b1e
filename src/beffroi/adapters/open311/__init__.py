"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2) with mySociety's updates: its documents in XML and JSON, and a client."""
