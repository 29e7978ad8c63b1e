"""Pages of cabinets: the town's and the desk's, work orders, the street, receipts."""
