"""Pure Python, versioned, no Django: what gates, phones, devices, servers and verifiers say to one another."""
