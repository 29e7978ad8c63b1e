"""Promise → deadline → alert: the right people know, provably, and one of them says "I take it".

An audience of 2,000 is told by one statement; nobody is told twice for one thing; what nobody acknowledges goes one step further.
"""
