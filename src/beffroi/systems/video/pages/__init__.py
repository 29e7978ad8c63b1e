"""Pages of video: sites and cameras, requests and looks, what inhabitants read and ask."""
