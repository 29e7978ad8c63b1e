"""HTTPS as we speak it ourselves: a certificate and its key from files, what is wrong with them, the town's own small authority."""
