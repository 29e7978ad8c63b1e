"""The use cases of alerts: raise, tell step by step, answer, end; draw up audiences, rosters and policies."""
