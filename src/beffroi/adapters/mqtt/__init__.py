"""The broker between server and devices: Mosquitto where it is installed, else the demonstration broker; our client of it."""
