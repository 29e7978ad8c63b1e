"""A promise has a time: 30 minutes, five minutes to acknowledge, 48 hours. When it passes, what was promised to happen happens once.

Due times are rows; 5,000 that fall in one second are fired within 200 ms (p95), and a worker that was away catches up at start.
"""
