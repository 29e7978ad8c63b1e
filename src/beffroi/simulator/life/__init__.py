"""A little life in the town's cabinets: a desk gives work orders, technicians open with their phones, work for a while, shut.

They use what everybody uses: pages, forms, the API, the handle and the door. The town's server doesn't know that they are programs.
"""
