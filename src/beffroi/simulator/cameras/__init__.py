"""Cameras that exist nowhere: streets, halls and car parks drawn by ourselves, encoded once, served by RTSP as a camera would.

1 to 200 of them in a process, behind one port, each with faults that are switched on and off while it runs. How to use them:
docs/developers/cameras.md.
"""
