"""Reads of alerts: what a viewer sees, whom a step reaches, who is on duty, what messages say."""
