"""The counter: an agent of an authority serves a person who is there, calls or wrote, and acts for them for an hour at most.

Everything done meanwhile is on record as done by the agent for the person, who sees it afterwards; nothing of it stays in the browser.
"""
