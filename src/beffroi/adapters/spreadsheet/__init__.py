"""Lists as people send them: what spreadsheets save (CSV in any French dress, XLSX), read into rows of words within bounds."""
