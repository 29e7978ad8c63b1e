"""The only place that writes sites, cameras, requests and viewings."""
