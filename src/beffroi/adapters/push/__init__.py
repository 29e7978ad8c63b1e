"""Web Push (RFC 8030, 8291, 8292): a message, encrypted for one browser, handed to the push service that the browser chose."""
